"""Images of one's own become images like MNIST's, and what cannot be one is said in a sentence."""

import base64
import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from vae import data, digits
from vae.confined import Refused, confined

X = data.load("mnist").x_test
PLACES = range(0, 600, 6)


def file(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def large(place: int = 0, way=Image.Resampling.NEAREST) -> Image.Image:
    """A test image, white on black, ten times as wide and high."""
    pixels = np.rint(255 * X[place].reshape(28, 28)).astype(np.uint8)
    return Image.fromarray(pixels).resize((280, 280), way)


def inverted(image: Image.Image) -> Image.Image:
    return image.point(lambda value: 255 - value)


def difference(x: np.ndarray, place: int = 0) -> float:
    """The mean squared difference from a test image."""
    assert x.shape == (784,) and x.dtype == np.float32
    assert x.min() >= 0 and x.max() == 1
    return float(np.square(x - X[place]).mean())


def header(width: int, height: int) -> bytes:
    """A PNG of these measures without a single pixel."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    measures = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", measures) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def test_test_images_come_back_enlarged_inverted_and_shifted():
    found = []
    for place in PLACES:
        paper = Image.new("L", (500, 400), 255)
        paper.paste(inverted(large(place)), (190, 17))
        found.append(difference(digits.from_bytes(file(paper)), place))
    # All but the few whose outermost pixels are so faint that they count as paper.
    assert np.mean(found) < 1e-3 and np.quantile(found, 0.95) < 1e-4


@pytest.mark.parametrize("way", [Image.Resampling.BILINEAR, Image.Resampling.BICUBIC])
def test_a_smoothly_enlarged_test_image_comes_back_nearly(way):
    assert np.mean([difference(digits.from_bytes(file(large(place, way))), place) for place in PLACES]) < 0.01


def test_an_image_of_its_size_is_left_as_it_is():
    np.testing.assert_allclose(digits.from_grey(X[0].reshape(28, 28)), X[0] / X[0].max(), atol=1e-6)


@pytest.mark.parametrize("kind", digits.FORMATS)
@pytest.mark.parametrize("turned", [False, True], ids=["light on dark", "dark on light"])
def test_every_format_and_polarity_gives_the_same(kind, turned):
    image = inverted(large()) if turned else large()
    assert difference(digits.from_bytes(file(image, kind))) < 1e-4


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "CMYK", "LA"])
def test_every_way_to_store_pixels_gives_the_same(mode):
    image = inverted(large()).convert(mode)
    assert difference(digits.from_bytes(file(image, "JPEG" if mode == "CMYK" else "PNG"))) < 1e-4


def test_sixteen_bits_are_not_clipped_to_eight():
    image = Image.fromarray(np.asarray(large()).astype(np.uint16) * 257)
    assert difference(digits.from_bytes(file(image))) < 1e-4


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (200, 30, 30)])
def test_a_see_through_ground_is_paper_whatever_the_ink(colour):
    image = Image.new("RGBA", (280, 280), colour)
    image.putalpha(large())
    assert difference(digits.from_bytes(file(image))) < 1e-4


def test_a_phones_picture_is_turned_upright():
    turned, exif = large().rotate(90), Image.Exif()
    exif[0x0112] = 6
    assert difference(digits.from_bytes(file(turned, "JPEG", exif=exif))) < 1e-4
    assert difference(digits.from_bytes(file(turned, "JPEG"))) > 0.05


def test_shadow_and_noise_of_a_photo_are_not_ink():
    shadow = np.linspace(0, 60, 280) + np.random.default_rng(0).normal(0, 6, (280, 280))
    photo = np.clip(0.7 * np.asarray(inverted(large())) + shadow, 0, 255).astype(np.uint8)
    x = digits.from_bytes(file(Image.fromarray(photo), "JPEG"))
    assert difference(x) < 0.04
    assert x.reshape(28, 28)[:4].max() == 0


@pytest.mark.parametrize(("width", "height"), [(10, 200), (200, 10), (150, 90), (4000, 3000), (1, 50), (30, 20)])
def test_the_longer_side_is_twenty_pixels_and_proportions_stay(width, height):
    grey = np.ones((height + 40, width + 40), np.uint8) * 255
    grey[-height - 3 : -3, 2 : width + 2] = 0
    ink = digits.from_bytes(file(Image.fromarray(grey))).reshape(28, 28) > 0.5
    drawn = int(ink.any(axis=0).sum()), int(ink.any(axis=1).sum())
    assert max(drawn) == digits.BOX
    assert drawn == tuple(max(1, round(20 * side / max(width, height))) for side in (width, height))


def test_the_centre_of_mass_is_the_centre():
    grey = np.zeros((60, 60), np.float32)
    grey[5:45, 5:9] = grey[41:45, 5:35] = 1  # an L
    square = digits.from_grey(grey).reshape(28, 28)
    for axis in (0, 1):
        assert 13.5 <= np.average(np.arange(28), weights=square.sum(axis=axis)) < 14.5


def test_ink_far_from_its_centre_stays_inside():
    grey = np.zeros((60, 60), np.float32)
    grey[5:15, 5:55] = 1
    grey[5:55, 5:6] = 1
    assert digits.from_grey(grey).reshape(28, 28).any(axis=1).sum() == 20


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (1, 5000), (300, 200)])
@pytest.mark.parametrize("level", [0, 128, 255])
def test_an_empty_image_is_said_to_be_empty(size, level):
    with pytest.raises(digits.DigitError, match="nothing to see"):
        digits.from_bytes(file(Image.new("L", size, level)))


def test_an_image_that_is_see_through_all_over_is_empty():
    with pytest.raises(digits.DigitError, match="nothing to see"):
        digits.from_bytes(file(Image.new("RGBA", (50, 50), (0, 0, 0, 0))))


@pytest.mark.parametrize("content", [b"", b"hello " * 20, file(large(), "TIFF"), file(large(), "PPM")])
def test_what_is_no_image_or_of_another_format_is_named(content):
    with pytest.raises(digits.DigitError, match="PNG, JPEG, WebP, GIF or BMP"):
        digits.from_bytes(content)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP"])
def test_half_a_file_is_damaged(kind):
    content = file(large(), kind)
    with pytest.raises(digits.DigitError, match="damaged|must be PNG"):
        digits.from_bytes(content[: len(content) // 2])


def test_a_large_file_is_not_even_opened():
    with pytest.raises(digits.DigitError, match="at most 5 MB"):
        digits.from_bytes(bytes(digits.MAX_BYTES + 1))


# Above our limit; above Pillow's first limit, where it warns; above its second.
@pytest.mark.parametrize("side", [4473, 10_000, 100_000])
def test_a_bomb_is_refused_by_its_header(side):
    with pytest.raises(digits.DigitError, match="at most 20 million"):
        digits.from_bytes(header(side, side))


def test_a_drawing_is_read_from_its_address():
    assert difference(digits.from_url(digits.URL_START + base64.b64encode(file(large())).decode())) < 1e-4


@pytest.mark.parametrize(
    "url", [None, 5, "", "http://example.org/a.png", "data:image/svg+xml;base64,AAAA", "data:image/png;base64,A*A"]
)
def test_an_address_of_a_wrong_form_is_one_sentence(url):
    with pytest.raises(digits.DigitError, match="draw it once more"):
        digits.from_url(url)


@pytest.mark.parametrize(
    "content", [header(513, 512), header(10_000, 10_000), file(large(), "JPEG"), bytes(digits.MAX_DRAWN_BYTES + 1)]
)
def test_a_forged_drawing_is_refused_before_it_is_decoded(content):
    with pytest.raises(digits.DigitError, match="at most 0.262 million|at most 0.25 MB|must be PNG"):
        digits.from_url(digits.URL_START + base64.b64encode(content).decode())


def test_the_reader_for_a_child_gives_the_same():
    content = file(large())
    np.testing.assert_array_equal(confined("vae.digits:read", content)["x"], digits.from_bytes(content))
    with pytest.raises(Refused, match="must be PNG, JPEG, WebP, GIF or BMP"):
        confined("vae.digits:read", b"hello")
