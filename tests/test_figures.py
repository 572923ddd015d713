"""Pictures: what is drawn is what the arrays say, the right way up."""

import base64
import io
import re
import subprocess
import sys
from typing import Any
from urllib.parse import unquote

import numpy as np
import pytest
from PIL import Image

from vae import figures, latent

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


def the_map(n: int = 1000, scale: float = 1.0) -> tuple[np.ndarray, np.ndarray, Any]:
    generator = np.random.default_rng(0)
    z = (scale * generator.standard_normal((n, 2))).astype(np.float32)
    labels = generator.integers(0, 10, n).astype(np.uint8)
    return z, labels, figures.latent_map(z, labels, NAMES, ("unit 7 (2.10 nats)", "unit 3 (1.00 nats)"), 3)


def test_the_map_has_every_code_under_its_label():
    z, labels, figure = the_map()
    for label, trace in enumerate(figure.data):
        assert trace.name == NAMES[label]
        np.testing.assert_array_equal(np.column_stack([trace.x, trace.y]), z[labels == label])


def test_a_point_of_the_map_tells_its_image():
    z, _, figure = the_map()
    trace = figure.data[4]
    np.testing.assert_array_equal(z[trace.customdata[5]], [trace.x[5], trace.y[5]])


def test_the_map_travels_as_float32():
    assert '"f4"' in the_map()[2].to_json()


def test_ten_labels_have_ten_colours():
    assert len({trace.marker.color for trace in the_map()[2].data}) == 10


def test_the_map_has_equal_scales_and_names_its_units():
    layout = the_map()[2].layout
    assert layout.yaxis.scaleanchor == "x"
    assert layout.xaxis.range == layout.yaxis.range
    assert (layout.xaxis.title.text, layout.yaxis.title.text) == ("unit 7 (2.10 nats)", "unit 3 (1.00 nats)")


def test_the_map_writes_labels_at_their_medians():
    z, labels, figure = the_map()
    note = figure.layout.annotations[2]
    np.testing.assert_allclose((note.x, note.y), np.median(z[labels == 2], axis=0), rtol=1e-6)


def test_a_collapsed_map_has_no_labels_on_top_of_each_other():
    assert not the_map(scale=1e-3)[2].layout.annotations


def test_no_code_is_off_the_map():
    z, _, figure = the_map(scale=5)
    assert figure.layout.xaxis.range[1] > np.abs(z).max()


def test_the_histogram_counts_every_code():
    z, labels, _ = the_map(scale=2)
    figure: Any = figures.histogram(z[:, 0], labels, NAMES, "unit 0 (1.00 nats)")
    assert [sum(bar.y) for bar in figure.data] == np.bincount(labels, minlength=10).tolist()


def decoded_places(size: int, extent: float) -> Any:
    """A manifold whose images have a shade for each of the two codes: the horizontal one left, the vertical right."""
    z = latent.grid((0, 1), 2, size, extent)
    images = np.zeros((size * size, 28, 28), np.float32)
    images[:, :, :14], images[:, :, 14:] = (((z + extent) / (2 * extent)).T)[..., None, None]
    return figures.manifold(images.reshape(-1, 784), extent, ("across", "up"))


def test_the_decoded_grid_lies_as_its_axes_say():
    image = decoded_places(5, 3).layout.images[0]
    drawn = pixels(unquote(image.source))
    assert image.y > 0  # anchored at its upper edge, as the default is
    left_to_right = drawn[0, ::28].astype(int)
    top_to_bottom = drawn[::28, 27].astype(int)
    assert (np.diff(left_to_right) < 0).all()  # darker to the right, where the horizontal unit is larger
    assert (np.diff(top_to_bottom) > 0).all()  # paler to the bottom, where the vertical unit is smaller


def test_each_image_of_the_grid_is_centred_on_its_code():
    image = decoded_places(5, 3).layout.images[0]
    cell = image.sizex / 5
    np.testing.assert_allclose([image.x + cell / 2, image.x + image.sizex - cell / 2], [-3, 3])
    np.testing.assert_allclose([image.y - cell / 2, image.y - image.sizey + cell / 2], [3, -3])


def test_the_bars_are_sorted_and_named_by_their_unit():
    bars = figures.kl_bars(np.array([0.1, 2.0, 0.0, 1.0])).data[0]
    assert list(bars.x) == ["1", "3", "0", "2"]
    assert list(bars.y) == [2.0, 1.0, 0.1, 0.0]
