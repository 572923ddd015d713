"""Planes of the latent space."""

import numpy as np
import pytest

from vae import latent, planes

KL = np.array([0.1, 3.0, 0.2, 2.0])
RNG = np.random.default_rng(0)
Z = (RNG.standard_normal((500, 4)) * [3, 1, 2, 0.5]).astype(np.float32)


def codes(z):
    return latent.Codes(z, np.zeros_like(z), np.ones(z.shape[1]))


@pytest.mark.parametrize(
    ("horizontal", "vertical", "units"),
    [(None, None, (1, 3)), (0, None, (0, 1)), (None, 1, (3, 1)), (2, 0, (2, 0)), (2, 2, (2, 2))],
)
def test_a_plane_is_filled_up_with_the_units_with_most_kl(horizontal, vertical, units):
    plane = planes.of_units(KL, horizontal, vertical)
    assert tuple(plane.axes.argmax(axis=1)) == units
    assert plane.titles[0] == f"unit {units[0]} ({KL[units[0]]:.2f} nats)"


def test_a_single_unit_makes_a_line():
    plane = planes.of_units(np.array([1.0]))
    assert plane.axes.tolist() == [[1]]
    assert planes.grid(plane, planes.places(5, 2, False))[:5, 0].tolist() == [-2, -1, 0, 1, 2]


def test_the_grid_begins_at_the_upper_left_and_goes_row_by_row():
    z = planes.grid(planes.of_units(KL), planes.places(5, 3, False))
    assert z[0].tolist() == [0, -3, 0, 3] and z[-1].tolist() == [0, 3, 0, -3]
    assert z[:5, 1].tolist() == [-3, -1.5, 0, 1.5, 3] and (z[:5, 3] == 3).all()


def test_quantiles_have_equal_shares_of_the_prior_between_them():
    along = planes.places(9, 2, True)
    draws = np.random.default_rng(0).standard_normal(200_000)
    counts = np.histogram(draws, along)[0]
    assert along[0] == pytest.approx(-2, abs=1e-6) and along[-1] == pytest.approx(2, abs=1e-6)
    assert np.ptp(counts) < 0.05 * counts.mean()


@pytest.mark.parametrize("plane", [planes.of_units(KL), planes.principal(codes(Z)), planes.through(Z[:3], "abc")])
def test_axes_are_of_length_one_at_right_angles(plane):
    np.testing.assert_allclose(plane.axes @ plane.axes.T, np.eye(2), atol=1e-6)


@pytest.mark.parametrize("plane", [planes.of_units(KL), planes.principal(codes(Z)), planes.through(Z[:3], "abc")])
def test_the_codes_of_a_grid_lie_at_their_places(plane):
    along = planes.places(4, 2, True)
    across, up = np.meshgrid(along, along[::-1])
    expected = np.column_stack([across.ravel(), up.ravel()])
    np.testing.assert_allclose(planes.project(plane, planes.grid(plane, along)), expected, atol=1e-5)


def test_no_plane_holds_more_variance_than_the_principal_one():
    plane = planes.principal(codes(Z))
    shares = [planes.share(planes.of_units(KL, *pair), Z) for pair in ((0, 2), (1, 3), (0, 1))]
    assert 1 > planes.share(plane, Z) >= max(shares) > 0.8
    told = sum(float(title.split("(")[1].split("%")[0]) for title in plane.titles)
    assert told == pytest.approx(100 * planes.share(plane, Z), abs=1.01)


def test_a_plane_of_all_units_holds_all_the_variance():
    assert planes.share(planes.of_units(np.ones(2)), Z[:, :2]) == pytest.approx(1)


def test_a_plane_goes_through_its_three_codes():
    plane = planes.through(Z[:3], "abc")
    np.testing.assert_allclose(planes.project(plane, Z[:3]) @ plane.axes + plane.origin, Z[:3], atol=1e-5)
    assert plane.titles == ("from a towards b", "towards c")


@pytest.mark.parametrize("places", [(0, 0, 1), (0, 1, 1), (0, 1, 0)])
def test_codes_on_a_line_span_no_plane(places):
    with pytest.raises(planes.PlaneError, match="lie on a line"):
        planes.through(Z[list(places)], "abc")


def test_an_ellipse_holds_95_percent_of_the_draws():
    plane = planes.through(Z[:3], "abc")
    z_mean, z_log_var = Z[5], np.float32([0.5, -1, 0, -2])
    curve = planes.ellipse(plane, z_mean, z_log_var)
    np.testing.assert_allclose(curve[0], curve[-1], atol=1e-5)
    draws = z_mean + np.exp(z_log_var / 2) * np.random.default_rng(1).standard_normal((20_000, 4))
    points, middle = planes.project(plane, draws.astype(np.float32)), planes.project(plane, z_mean[None])[0]
    # Whitened by the draws' own covariance the ellipse is a circle, and within its radius are 95 %.
    white = np.linalg.inv(np.linalg.cholesky(np.cov(points, rowvar=False)))
    radius = np.linalg.norm((curve - middle) @ white.T, axis=1)
    assert np.ptp(radius) < 0.1
    inside = np.linalg.norm((points - middle) @ white.T, axis=1) < radius.mean()
    assert inside.mean() == pytest.approx(0.95, abs=0.01)
