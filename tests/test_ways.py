"""Ways between codes."""

import numpy as np
import pytest

from vae import data, latent, ways
from vae.training import load_model


@pytest.fixture(scope="module")
def model(trained):
    record, runs = trained
    return load_model(record, runs[0], runs[0].config.steps)


def test_an_interpolation_has_the_originals_at_its_ends_and_next_to_them_their_decoded_means(model):
    x = data.load("mnist").x_test[:2]
    z = latent.encode(model, x).z_mean
    row = ways.interpolation(model, x, ways.line(*z, 7))
    assert len(row) == 9
    np.testing.assert_array_equal(row[[0, -1]], x)
    np.testing.assert_allclose(row[[1, -2]], latent.decode(model, z), atol=1e-6)


def test_a_line_is_straight_and_even():
    z = ways.line(np.zeros(2, np.float32), np.array([4, -2], np.float32), 5)
    np.testing.assert_allclose(z, [[0, 0], [1, -0.5], [2, -1], [3, -1.5], [4, -2]])
    assert z.dtype == np.float32


def test_an_arc_goes_round_at_constant_speed_and_length():
    z = ways.arc(np.array([2, 0], np.float32), np.array([0, 2], np.float32), 4)
    angles = np.radians([0, 30, 60, 90])
    np.testing.assert_allclose(z, 2 * np.stack([np.cos(angles), np.sin(angles)], axis=1), atol=1e-6)
    assert z.dtype == np.float32


@pytest.mark.parametrize("end", [(3, 0), (-3, 0), (0, 0)])
def test_an_arc_between_codes_that_span_no_plane_is_the_line(end):
    start, end = np.array([1, 0], np.float32), np.array(end, np.float32)
    np.testing.assert_array_equal(ways.arc(start, end, 5), ways.line(start, end, 5))


@pytest.mark.parametrize("latent_dim", [1, 2, 10, 50])
def test_99_of_100_draws_from_the_prior_have_a_norm_in_its_range(latent_dim):
    norms = ways.squared_norms(np.random.default_rng(0).standard_normal((50_000, latent_dim)).astype(np.float32))
    low, high = ways.prior_range(latent_dim, 2.576)
    assert np.mean((norms >= low) & (norms <= high)) == pytest.approx(0.99, abs=0.006)


def test_distances_are_those_to_the_nearest():
    rng = np.random.default_rng(0)
    path, z = (rng.standard_normal((n, 3)).astype(np.float32) for n in (7, 40))
    brute = np.linalg.norm(path[:, None] - z[None], axis=2).min(axis=1)
    np.testing.assert_allclose(ways.distances(path, z), brute, rtol=1e-5)
    assert ways.distances(z[:1], z)[0] == pytest.approx(0, abs=1e-6)


def test_the_typical_distance_is_the_median_to_the_nearest_other():
    z = np.array([[0.0], [1], [3], [6]], np.float32)
    assert ways.typical_distance(z) == pytest.approx(np.median([1, 1, 2, 3]))


def test_between_four_codes_lie_their_mixtures():
    corners = np.float32([[0, 0], [1, 0], [0, 2], [1, 2]])
    z = ways.bilinear(corners, 3).reshape(3, 3, 2)
    assert z[0, 0].tolist() == [0, 0] and z[0, 2].tolist() == [1, 0] and z[2, 0].tolist() == [0, 2]
    assert z[2, 2].tolist() == [1, 2] and z[1, 1].tolist() == [0.5, 1]
