"""Pictures: what is drawn is what the arrays say, the right way up."""

import base64
import io
import re
import subprocess
import sys
import tomllib

import numpy as np
import pytest
from PIL import Image, ImageSequence

from tests.conftest import PROJECT
from vae import figures

NAMES = tuple("0123456789")


def one_dot(row: int, column: int) -> np.ndarray:
    """An image with one black pixel: float32 [1, 784]."""
    image = np.zeros((28, 28), np.float32)
    image[row, column] = 1
    return image.reshape(1, 784)


def pixels(svg: str) -> np.ndarray:
    """What an SVG of `figures.picture` holds."""
    png = re.search(r"base64,([^\"]+)", svg)
    assert png
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(png[1]))))


def test_figures_do_not_import_tensorflow():
    code = "import sys, vae.figures, vae.latent; sys.exit('tensorflow' in sys.modules or 'keras' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_ink_is_black_on_white_and_upright():
    drawn = figures.ink(one_dot(3, 20))[0, ..., 0]
    assert drawn[3, 20] == 0
    assert (np.delete(drawn.ravel(), 3 * 28 + 20) == 255).all()


def test_a_perfect_reconstruction_has_a_white_error():
    image = one_dot(3, 20)
    assert (figures.error(image, image) == 255).all()


def test_missing_ink_is_blue():
    red, green, blue = figures.error(one_dot(3, 20), np.zeros((1, 784), np.float32))[0, 3, 20]
    assert blue > green > red


def test_extra_ink_is_orange():
    red, green, blue = figures.error(np.zeros((1, 784), np.float32), one_dot(3, 20))[0, 3, 20]
    assert red > green > blue


def test_half_an_error_is_half_as_far_from_white():
    blank = np.zeros((1, 784), np.float32)
    full, half = (
        figures.error(blank, share * one_dot(3, 20))[0, 3, 20].astype(int) for share in (np.float32(1), np.float32(0.5))
    )
    np.testing.assert_allclose(255 - half, (255 - full) / 2, atol=1)


def test_columns_stack_from_the_top_with_see_through_gaps():
    first, second = figures.ink(one_dot(0, 0)), figures.ink(one_dot(27, 27))
    (column,) = figures.columns(first, second)
    gap = figures.GAP
    assert column.shape == (2 * 28 + gap, 28, 4)
    assert tuple(column[0, 0]) == (0, 0, 0, 255)
    assert (column[28 : 28 + gap, :, 3] == 0).all()
    assert tuple(column[-1, -1]) == (0, 0, 0, 255)


def test_a_mosaic_goes_row_by_row():
    shades = np.arange(6, dtype=np.uint8)[:, None, None, None] + np.zeros((1, 28, 28, 1), np.uint8)
    assert figures.mosaic(shades, 3)[::28, ::28, 0].tolist() == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.parametrize("channels", [1, 4])
def test_a_picture_holds_its_pixels_unchanged(channels):
    drawn = np.random.default_rng(0).integers(0, 256, (5, 7, channels), np.uint8)
    np.testing.assert_array_equal(pixels(figures.picture(drawn)).reshape(5, 7, channels), drawn)


def test_a_picture_keeps_its_pixels_sharp():
    assert "image-rendering:pixelated" in figures.picture(np.zeros((5, 7, 1), np.uint8))


def test_tinted_paper_shows_the_label_and_keeps_the_ink_black():
    images = np.zeros((2, 784), np.float32)
    images[:, 0] = 1
    drawn = figures.tinted(images, np.uint8([0, 2]))
    assert drawn.shape == (2, 28, 28, 3) and (drawn[:, 0, 0] == 0).all()
    assert drawn[0, 5, 5, 2] > drawn[0, 5, 5, 0] and drawn[1, 5, 5, 0] > drawn[1, 5, 5, 2]  # blue, and red


def test_an_animation_goes_there_and_back():
    images = np.uint8([0, 100, 200])[:, None, None, None] * np.ones((1, 28, 28, 1), np.uint8)
    address = figures.animation(images)
    with Image.open(io.BytesIO(base64.b64decode(address.split(",", 1)[1]))) as picture:
        shades = [frame.convert("L").getpixel((50, 50)) for frame in ImageSequence.Iterator(picture)]
    assert address.startswith("data:image/png;base64,") and shades == [0, 100, 200, 100]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("colour", figures.LABEL_COLOURS)
def test_every_label_stands_out_from_the_background(colour, theme):
    with (PROJECT / ".streamlit" / "config.toml").open("rb") as file:
        background = tomllib.load(file)["theme"][theme]["backgroundColor"]
    darker, brighter = sorted(luminance(each) for each in (colour, background))
    assert (brighter + 0.05) / (darker + 0.05) >= 3


def luminance(colour: str) -> float:
    """The relative luminance of #rrggbb (WCAG 2.2)."""
    share = np.array(list(bytes.fromhex(colour[1:]))) / 255
    return float(np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722])


def test_the_bars_are_sorted_and_named_by_their_unit():
    bars = figures.kl_bars(np.array([0.1, 2.0, 0.0, 1.0])).data[0]
    assert list(bars.x) == ["1", "3", "0", "2"]
    assert list(bars.y) == [2.0, 1.0, 0.1, 0.0]


def test_only_the_bars_asked_for_bear_their_number_and_stand_out():
    bars = figures.kl_bars(np.array([0.1, 2.0, 0.0, 1.0]), named=[1, 3]).data[0]
    assert list(bars.text) == ["1", "3", "", ""]
    assert list(bars.marker.opacity) == [1, 1, figures.FAINT, figures.FAINT]
