"""Codes, and ways to walk between them."""

import numpy as np
import pytest

from vae import data, latent
from vae.training import load_model


@pytest.fixture(scope="module")
def model(trained):
    record, runs = trained
    return load_model(record, runs[0], runs[0].config.steps)


@pytest.fixture(scope="module")
def x():
    return data.load("mnist").x_test[:50]


@pytest.fixture(scope="module")
def codes(model, x):
    return latent.encode(model, x)


def test_codes_have_a_mean_and_a_variance_for_every_unit(codes):
    assert codes.z_mean.shape == codes.z_log_var.shape == (50, 4)
    assert codes.z_mean.dtype == codes.z_log_var.dtype == np.float32


def test_the_kl_of_a_unit_is_that_of_two_gaussians(codes):
    variance = np.exp(codes.z_log_var.astype(np.float64))
    kl = 0.5 * (variance + np.square(codes.z_mean, dtype=np.float64) - 1 - codes.z_log_var)
    np.testing.assert_allclose(codes.kl, kl.mean(axis=0), rtol=1e-5)


def test_the_same_draw_gives_the_same_noise(codes):
    np.testing.assert_array_equal(latent.draw_z(codes, 3), latent.draw_z(codes, 3))


def test_another_draw_gives_other_noise(codes):
    assert (latent.draw_z(codes, 3) != latent.draw_z(codes, 4)).all()


def test_draws_spread_as_the_code_says(codes):
    draws = np.stack([latent.draw_z(codes, draw) for draw in range(200)])
    np.testing.assert_allclose(draws.std(axis=0), np.exp(0.5 * codes.z_log_var), rtol=0.25)


def test_a_unit_counts_as_active_if_its_mean_varies():
    z_mean = np.zeros((100, 3), np.float32)
    z_mean[:50, 1] = 1  # variance .25
    z_mean[:50, 2] = 0.1  # variance .0025
    assert latent.active_units(latent.Codes(z_mean, np.zeros_like(z_mean), np.zeros(3))) == 1


def test_squared_errors_are_means_over_pixels():
    x, y = np.zeros((2, 784), np.float32), np.zeros((2, 784), np.float32)
    y[1, :392] = 0.5
    assert latent.squared_errors(x, y).tolist() == [0, 0.125]


LABELS = np.array([7, 2, 1, 0, 4, 1, 4, 9], np.uint8)


def test_the_first_images_come_in_their_order():
    assert latent.choose_images(LABELS, [], 3).tolist() == [0, 1, 2]


def test_only_wanted_labels_are_chosen():
    assert latent.choose_images(LABELS, [1, 4], 3).tolist() == [2, 4, 5]


def test_fewer_images_are_chosen_where_there_are_no_more():
    assert latent.choose_images(LABELS, [9], 3).tolist() == [7]


def test_only_the_places_of_an_order_are_gone_through():
    order = np.array([6, 4, 3])
    assert latent.choose_images(LABELS, [], 8, order).tolist() == [6, 4, 3]
    assert latent.choose_images(LABELS, [4, 7], 8, order).tolist() == [6, 4]


def test_a_random_draw_is_a_draw_without_repetition():
    assert sorted(latent.choose_images(LABELS, [], 8, latent.shuffled(8, 1)).tolist()) == list(range(8))


def test_the_same_draw_chooses_the_same_images():
    labels = data.load("mnist").y_test
    chosen = latent.choose_images(labels, [3], 5, latent.shuffled(len(labels), 1))
    assert chosen.tolist() == latent.choose_images(labels, [3], 5, latent.shuffled(len(labels), 1)).tolist()
    assert chosen.tolist() != latent.choose_images(labels, [3], 5, latent.shuffled(len(labels), 2)).tolist()


def test_a_traversal_changes_one_unit_alone():
    z = np.array([0.5, -1, 2], np.float32)
    codes = latent.traversal(z, 1, 5, 3)
    np.testing.assert_array_equal(codes[:, 1], [-3, -1.5, 0, 1.5, 3])
    np.testing.assert_array_equal(codes[:, [0, 2]], np.repeat([[0.5, 2]], 5, axis=0))
    assert codes.dtype == np.float32


def test_the_prior_is_standard_normal_and_each_draw_its_own():
    z = latent.prior(50_000, 2, 7)
    assert abs(z.mean()) < 0.01 and abs(z.std() - 1) < 0.01
    np.testing.assert_array_equal(z, latent.prior(50_000, 2, 7))
    assert not np.array_equal(z, latent.prior(50_000, 2, 8))


def test_the_nearest_image_differs_least_and_a_copy_is_found():
    x = data.load("mnist").x_train[:3000]
    images = np.random.default_rng(0).random((4, 784), np.float32)
    images[0] = x[1234]
    places, errors = latent.nearest(images, x)
    every = np.square(images[:, None] - x[None]).mean(axis=2)
    np.testing.assert_array_equal(places, every.argmin(axis=1))
    np.testing.assert_allclose(errors, every.min(axis=1), rtol=1e-5)
    assert (places[0], errors[0]) == (1234, 0)
    with_norms = latent.nearest(images, x, latent.squared_norms(x))
    np.testing.assert_array_equal(with_norms, (places, errors))
