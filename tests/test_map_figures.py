"""Figures of the latent space."""

from typing import Any
from urllib.parse import unquote

import numpy as np

from tests.test_figures import pixels
from vae import figures, map_figures, planes

NAMES = tuple("0123456789")


def the_map(n: int = 1000, scale: float = 1.0) -> tuple[np.ndarray, np.ndarray, Any]:
    generator = np.random.default_rng(0)
    z = (scale * generator.standard_normal((n, 2))).astype(np.float32)
    labels = generator.integers(0, 10, n).astype(np.uint8)
    return z, labels, map_figures.latent_map(z, labels, NAMES, ("unit 7 (2.10 nats)", "unit 3 (1.00 nats)"), 3)


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


def test_the_names_of_neighbours_do_not_lie_on_each_other():
    _, _, figure = the_map()  # all medians are near zero
    notes = figure.layout.annotations
    side = 340 / np.ptp(figure.layout.xaxis.range)
    places = np.array([(side * note.x + note.xshift, side * note.y + note.yshift) for note in notes])
    apart = np.abs(places[:, None] - places) >= (17, 22)
    assert (apart.any(axis=2) | np.eye(10, dtype=bool)).all()


def test_no_curve_around_a_picked_point_is_cut_off():
    z = np.zeros((3, 2), np.float32)
    curve = np.float32([[9, -12], [9, -11], [9, -12]])
    figure: Any = map_figures.latent_map(z, np.uint8([0, 1, 2]), NAMES, ("a", "b"), 3, {"7": curve})
    assert figure.layout.yaxis.range[0] < -12


def test_no_code_is_off_the_map():
    z, _, figure = the_map(scale=5)
    assert figure.layout.xaxis.range[1] > np.abs(z).max()


def test_the_histogram_counts_every_code():
    z, labels, _ = the_map(scale=2)
    figure: Any = map_figures.histogram(z[:, 0], labels, NAMES, "unit 0 (1.00 nats)")
    assert [sum(bar.y) for bar in figure.data] == np.bincount(labels, minlength=10).tolist()


def decoded_places(size: int, extent: float, quantiles: bool = False) -> Any:
    """A manifold whose images have a shade for each of the two codes: the horizontal one left, the vertical right."""
    along = planes.places(size, extent, quantiles)
    z = planes.grid(planes.of_units(np.ones(2)), along)
    images = np.zeros((size * size, 28, 28), np.float32)
    images[:, :, :14], images[:, :, 14:] = (((z + extent) / (2 * extent)).T)[..., None, None]
    return map_figures.manifold(figures.ink(images.reshape(-1, 784)), along, ("across", "up"))


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


def test_uneven_places_are_told_on_the_axes():
    axis = decoded_places(15, 3, quantiles=True).layout.xaxis
    assert (axis.tickvals[0], axis.tickvals[-1]) == (-3, 3)
    assert (axis.ticktext[0], axis.ticktext[-1]) == ("-3.0", "3.0")
    inner = float(axis.ticktext[1])
    assert axis.tickvals[1] < inner < 0  # quantiles crowd in the middle
    assert not decoded_places(15, 3).layout.xaxis.tickvals


def test_picked_points_have_their_curve_and_their_name():
    curve = np.float32([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]])
    z = np.zeros((3, 2), np.float32)
    figure: Any = map_figures.latent_map(z, np.uint8([0, 1, 2]), NAMES, ("a", "b"), 3, {"17": curve})
    np.testing.assert_array_equal(np.column_stack([figure.data[-1].x, figure.data[-1].y]), curve)
    note = figure.layout.annotations[-1]
    assert (note.text, note.x, note.y) == ("17", 0.5, 0.5)


def test_a_replay_has_a_frame_for_each_moment_and_reaches_all_of_them():
    labels = np.uint8([0, 1, 1])
    moments = {"before": np.zeros((3, 2), np.float32), "epoch 1": np.float32([[1, 2], [3, 4], [5, 6]])}
    figure: Any = map_figures.replay(moments, labels, NAMES, ("a", "b"))
    assert [frame.name for frame in figure.frames] == list(moments)
    assert figure.frames[1].data[1].x.tolist() == [3, 5] and figure.data[1].x.tolist() == [0, 0]
    assert [step.args[0] for step in figure.layout.sliders[0].steps] == [("before",), ("epoch 1",)]
    assert figure.layout.xaxis.range[1] > 6
