"""An upload is understood, or refused in a sentence before it is expanded."""

import tracemalloc
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import uploaded
from vae import uploads
from vae.confined import Refused, confined
from vae.uploads.limits import CHILD, MAX_BYTES

X, Y = uploaded.some()
NAMES = [str(n) for n in range(10)]
PIXELS = ",".join(f"pixel{n}" for n in range(784))


@pytest.mark.parametrize(
    "payload",
    [
        uploaded.npz(x=X, y=Y),
        uploaded.npz(x_train=X, y_train=Y, x_test=X[:3], y_test=Y[:3]),
        uploaded.npz(images=X.reshape(-1, 784) / 255, labels=Y.astype(float)),
        uploaded.npz(anything=X.astype(np.int64), y=Y[:, None]),
        uploaded.npz(x=np.asfortranarray(X), y=Y.astype(str)),
        uploaded.npz(x=X[..., None], y=Y),
        uploaded.npz(x=np.repeat(X[:, None], 3, axis=1), y=Y),
        uploaded.npz(x=X.astype(">f4"), y=Y),
        uploaded.csv(),
        uploaded.csv(header="label," + PIXELS),
        uploaded.csv(header="label," + ",".join(map(str, range(784)))),
        uploaded.csv(delimiter=";"),
        b"\xef\xbb\xbf" + uploaded.csv().replace(b"\n", b"\r\n"),
        uploaded.pictures(folder="{}"),
        uploaded.pictures(folder="../../{}"),
    ],
)
def test_labelled_images_are_read_as_they_are(payload):
    found = uploads.read(payload)
    np.testing.assert_array_equal(found["images"], X)
    assert [found["classes"][label] for label in found["labels"]] == [str(y) for y in Y]


@pytest.mark.parametrize("payload", [uploaded.npy(X), uploaded.csv(labels=False), uploaded.npz(x=X)])
def test_images_without_labels_are_one_class(payload):
    found = uploads.read(payload)
    np.testing.assert_array_equal(found["images"], X)
    assert found["classes"] == ["image"] and not found["labels"].any()
    assert found["understood"] == "70 images of 28 × 28 pixels; values from 0 to 255; no labels."


def test_jpegs_come_out_nearly_as_they_were():
    found = uploads.read(uploaded.pictures(kind="JPEG"))
    assert np.abs(found["images"].astype(float) - X).mean() < 5
    assert found["classes"] == sorted(f"digit {n}" for n in set(Y))


def test_the_child_gives_what_the_reader_gives():
    found = confined("vae.uploads:read", uploaded.npz(x=X, y=Y), limits=CHILD)
    np.testing.assert_array_equal(found["images"], X)
    np.testing.assert_array_equal(found["labels"], Y)
    assert found["understood"].startswith("70 images of 28 × 28 pixels; values from 0 to 255; 10 classes: 0, 1, 2,")


@pytest.mark.parametrize("size", [8, 56, 84])
def test_other_sizes_are_scaled_without_aliasing(size):
    stripes = np.zeros((64, size, size), np.uint8)
    stripes[:, ::2] = 200
    found = uploads.read(uploaded.npy(stripes))
    assert f"{size} × {size} pixels, scaled to 28 × 28" in found["understood"]
    if size > 28:  # stripes finer than a pixel are an even grey
        assert found["images"][:, 2:-2].min() > 70 and found["images"][:, 2:-2].max() < 130


def test_what_is_not_square_keeps_its_proportions_between_margins():
    tall = np.full((64, 56, 28), 10, np.uint8)
    tall[:, 14:42, 7:21] = 250
    image = uploads.read(uploaded.npy(tall))["images"][0]
    assert (image[:, :7] == 10).all() and (image[:, -7:] == 10).all()
    assert image[14, 14] == 250 and image[14, 9] == 10


@pytest.mark.parametrize(
    ("x", "white"), [(X // 16, 15), (X > 127, 1), (X / 255, 1), (X.astype(np.float64), 255), ((X > 127) * 255, 255)]
)
def test_every_usual_scale_ends_in_bytes(x, white):
    expected = np.rint(np.asarray(x, np.float64) * 255 / white)
    np.testing.assert_allclose(uploads.read(uploaded.npy(x))["images"], expected, atol=1)


def test_dark_on_light_is_left_so_and_said():
    found = uploads.read(uploaded.npy(255 - X))
    np.testing.assert_array_equal(found["images"], 255 - X)
    assert "mostly light" in found["understood"]


def test_transparent_pictures_stand_on_white_and_files_that_are_none_are_left_out():
    files = [(f"{n}.png", uploaded.picture(np.dstack([x * 0, x]))) for n, x in enumerate(X)]
    hidden = [("__MACOSX/._0.png", b"x"), (".DS_Store", b"x")]
    found = uploads.read(uploaded.zipped([*files, *hidden, ("readme.txt", b"hello"), ("cut.png", files[0][1][:60])]))
    np.testing.assert_array_equal(found["images"], 255 - X)
    assert found["understood"].endswith("2 of 72 files are no readable PNG or JPEG and were left out.")


def test_sixteen_bits_become_eight():
    deep = [(f"{n}.png", uploaded.picture(x.astype(np.uint16) * 257)) for n, x in enumerate(X)]
    np.testing.assert_array_equal(uploads.read(uploaded.zipped(deep))["images"], X)


def test_names_of_classes_mean_nothing_to_a_page_a_spreadsheet_or_a_path():
    evil = ["=cmd()", "<b>x</b>", "../..", "**bold**", "a" * 1000, "-7", "7.0", "日本"]
    y = np.array([evil[n % len(evil)] for n in range(70)])
    names = uploads.read(uploaded.npz(x=X, y=y))["classes"]
    assert set(names) == {"cmd", "b x b", "unnamed", "bold", "a" * 24, "-7", "7", "日本"}


@pytest.mark.parametrize(
    ("y", "words"),
    [
        (np.arange(70), "no labels, since 70 different ones are more than 10"),
        (np.zeros(70), "no labels, since all are the same"),
        (np.linspace(0, 1, 70), "no labels, since what could be some are no whole numbers"),
        (np.full(70, np.nan), "no labels, since what could be some are no whole numbers"),
    ],
)
def test_labels_that_cannot_be_used_are_left_out_with_a_reason(y, words):
    found = uploads.read(uploaded.npz(x=X, y=y))
    assert found["understood"].endswith(f"; {words}.") and found["classes"] == ["image"]


def edited(row, field, text):
    """A CSV file with another text in one field."""
    rows = [line.split(",") for line in uploaded.csv().decode().split("\n")]
    rows[row][field] = text
    return "\n".join(map(",".join, rows)).encode()


BAD = {
    "empty": (b"", "The file is empty"),
    "blank": (b"\n\n\n", "The file is empty"),
    "too large": (b"1" * (MAX_BYTES + 1), "The file is too large: at most 64 MB"),
    "another format": (b"%PDF-1.4\n\xe2\xe3\xcf\xd3", "none of the formats that are read"),
    "gzip": (b"\x1f\x8b\x08\x00" + bytes(50), "none of the formats that are read"),
    "one picture": (uploaded.picture(X[0]), "This is a single picture"),
    "text": (b"hello\nworld\n", "Too few images"),
    "few images": (uploaded.npy(X[:63]), "Too few images: there are 63, and it must be from 64 to 70,000"),
    "many images": (uploaded.npy(np.zeros((70_001, 4, 4), np.uint8)), "Too many images: there are 70,001"),
    "one grey": (uploaded.npy(np.full_like(X, 7)), "There is nothing to see"),
    "negative": (uploaded.npy(X / 127 - 1), "The values go from -1 to 1"),
    "large values": (uploaded.npy(X.astype(int) * 9), "The values go from 0 to 2295"),
    "NaN": (uploaded.npy(np.where(X == 255, np.nan, X)), "Some values are not numbers"),
    "infinity": (uploaded.npy(np.where(X == 255, np.inf, X)), "Some values are not numbers"),
    "pickle": (uploaded.npy(np.array([{}] * 70, object)), "holds Python objects .a pickle., which are never read"),
    "pickle in npz": (uploaded.npz(x=np.array([{}] * 70, object)), "holds Python objects"),
    "pickled labels": (uploaded.npz(x=X, y=np.array([{}] * 70, object)), "holds Python objects"),
    "complex": (uploaded.npy(X.astype(complex)), "holds complex128, and pixels must be numbers"),
    "structure": (uploaded.npy(np.zeros((70, 4), "u1,u1")), "pixels must be numbers"),
    "text in npz": (uploaded.npz(x=X.astype(str)), "holds str96, and pixels must be numbers"),
    "one dimension": (uploaded.npy(np.arange(70)), "has 1 dimensions"),
    "no square": (uploaded.npy(np.ones((70, 700))), "700 pixels in a row, which make no square"),
    "seven colours": (uploaded.npy(np.ones((70, 28, 28, 7))), "have 7 colours"),
    "tiny": (uploaded.npy(np.ones((70, 2, 2))), "has 2 × 2 pixels"),
    "no pixels": (uploaded.npy(np.ones((70, 0))), "has 0 × 0 pixels"),
    "other labels": (uploaded.npz(x=X, y=Y[:-1]), r"70 images, but the labels y have the shape \[69\]"),
    "which array": (uploaded.npz(a=X, b=X), "not clear which array"),
    "no images": (uploaded.npz(a=Y), "not clear which array"),
    "cut npy": (uploaded.npy(X)[:-1], "cut off"),
    "long npy": (uploaded.npy(X) + b"1", "longer than its header says"),
    "cut npz": (uploaded.npz(x=X)[:-100], "damaged or cut off"),
    "huge array": (uploaded.npy_header("(70000, 100000, 100000)"), "too large: at most 256 MB"),
    "wrapping size": (uploaded.npy_header(f"(64, {2**62}, {2**62})"), "too large: at most 256 MB"),
    "negative shape": (uploaded.npy_header("(-64, -28, 28)"), "too large"),
    "long header": (uploaded.npy_header("(" + "1," * 20_000 + ")"), "no header that NumPy knows"),
    "deep header": (uploaded.npy_header("(" * 3000 + ")" * 3000), "no header that NumPy knows"),
    "code in header": (uploaded.npy_header("__import__('os').getpid()"), "no header that NumPy knows"),
    "version": (b"\x93NUMPY\x09\x00" + bytes(100), "no header that NumPy knows"),
    "nothing wide": (uploaded.npy_header("(64, 4, 4)", "<U0"), "is empty"),
    "zip bomb": (uploaded.bomb(), "Expanded, the archive would take up 9,537 MB"),
    "flat bomb": (uploaded.zipped([("0.png", bytes(200_000_000))]), "times its size; at most 256 MB and 400 times"),
    "npz bomb": (uploaded.npz(x=np.zeros((70_000, 60, 60), np.uint8)), "times its size"),
    "huge header in npz": (uploaded.zipped([("x.npy", uploaded.npy_header("(70000, 9999999)"))]), "too large"),
    "empty zip": (uploaded.zipped([]), "The archive is empty"),
    "no pictures": (uploaded.zipped([("a.txt", b"hello")]), "holds no PNG or JPEG"),
    "few pictures": (uploaded.pictures(63), "Too few images: there are 63"),
    "zip in bzip2": (uploaded.zipped([("a.png", b"x")], zipfile.ZIP_BZIP2), "in a way that is not read here"),
    "zip in lzma": (uploaded.zipped([("a.png", b"x")], zipfile.ZIP_LZMA), "in a way that is not read here"),
    "huge picture": (uploaded.zipped([("a.png", uploaded.huge_png(60_000, 60_000))]), "has too many pixels"),
    "large picture": (uploaded.zipped([("a.png", uploaded.huge_png(4001, 4001))]), "has too many pixels"),
    "long picture": (uploaded.zipped([("a.png", uploaded.huge_png(100_000, 4))]), "has 4 × 100,000 pixels"),
    "cut zip": (uploaded.pictures()[:-30], "damaged or cut off"),
    "csv of words": (edited(3, 20, "abc"), "Row 4, column 21 holds something that is not a number"),
    "csv with a formula": (edited(3, 20, "=1+1"), "Row 4, column 21 holds something that is not a number"),
    "csv with a gap": (edited(3, 20, ""), "Row 4, column 21 holds something that is not a number"),
    "csv with NaN": (edited(3, 20, "nan"), "Some values are not numbers"),
    "csv with infinity": (edited(3, 20, "1e999"), "Some values are not numbers"),
    "csv with a huge value": (edited(3, 20, "1e9"), r"The values go from 0 to 1e\+09"),
    "ragged csv": (edited(3, 20, "1,2"), "Row 4 has 786 columns, and the first has 785"),
    "csv of no squares": (b"\n".join([b"1,2,3,4,5,6,7"] * 70), "no square of pixels"),
    "csv with zeros": (uploaded.csv().replace(b"5", b"\0"), "none of the formats"),
}


@pytest.mark.parametrize(("payload", "sentence"), BAD.values(), ids=BAD.keys())
def test_what_cannot_be_used_is_refused_in_a_sentence(payload, sentence):
    with pytest.raises(Refused, match=sentence) as refusal:
        uploads.read(payload)
    assert str(refusal.value).endswith(".") and "\n" not in str(refusal.value)


def test_an_encrypted_archive_is_refused():
    content = bytearray(uploaded.pictures())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(Refused, match="encrypted"):
        uploads.read(bytes(content))


@pytest.mark.parametrize("kind", ["zip bomb", "huge array", "wrapping size", "huge header in npz", "huge picture"])
def test_a_bomb_is_refused_before_it_is_expanded(kind):
    assert len(BAD[kind][0]) < 70_000
    tracemalloc.start()
    with pytest.raises(Refused):
        uploads.read(BAD[kind][0])
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()


def test_an_entry_that_is_longer_than_the_directory_says_is_not_expanded():
    content = bytearray(uploaded.zipped([("x.npy", uploaded.npy(np.zeros((70, 1000, 1000), np.uint8)))]))
    entry = content.index(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = (5000).to_bytes(4, "little")
    tracemalloc.start()
    with pytest.raises(Refused, match="too large|cut off"):
        uploads.read(bytes(content))
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()


GOOD = [uploaded.npz(x=X[:64], y=Y[:64]), uploaded.npy(X[:64]), uploaded.pictures(64), uploaded.csv(64)]


@settings(max_examples=max(200, settings.default.max_examples // 5))
@given(
    st.sampled_from(GOOD),
    st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=8)), max_size=5),
    st.floats(0, 1),
    st.booleans(),
)
def test_any_mutated_upload_gives_images_or_a_sentence(payload, changes, end, cut):
    content = bytearray(payload)
    for place, new in changes:
        # Half of all changes are where the headers are.
        at = int(place * len(content)) if place > 0.5 else int(place * 400)
        content[at : at + len(new)] = new
    try:
        found = uploads.read(bytes(content[: int(end * len(content))] if cut else content))
    except Refused as refusal:
        assert len(str(refusal)) < 400 and str(refusal).endswith(".")
    else:
        assert found["images"].shape[1:] == (28, 28) and len(found["labels"]) == len(found["images"]) >= 64
        assert found["labels"].max() < len(found["classes"]) <= 10
