"""Draws from one image's posterior, and the images with codes like its own."""

import numpy as np

from vae import data, posterior

MEAN, LOG_VAR = np.array([1, -2, 0.5], np.float32), np.log(np.array([0.25, 4, 1e-8], np.float32))


def test_draws_have_the_posteriors_mean_and_spread():
    z = np.concatenate([posterior.draw(MEAN, LOG_VAR, posterior.MOST, number) for number in range(200)])
    assert z.dtype == np.float32
    np.testing.assert_allclose(z.mean(axis=0), MEAN, atol=0.1)
    np.testing.assert_allclose(z.std(axis=0), np.exp(LOG_VAR / 2), rtol=0.05)


def test_more_draws_begin_with_the_same_ones():
    few, many = (posterior.draw(MEAN, LOG_VAR, n, 7) for n in (4, 24))
    np.testing.assert_array_equal(few, many[:4])


def test_another_number_is_another_draw():
    assert (posterior.draw(MEAN, LOG_VAR, 4, 7)[:, :2] != posterior.draw(MEAN, LOG_VAR, 4, 8)[:, :2]).all()


def test_the_spread_is_the_standard_deviation_of_each_pixel():
    images = np.zeros((4, 784), np.float32)
    images[:, 5] = [0, 0, 1, 1]
    spread = posterior.spread(images)
    np.testing.assert_allclose(spread[5], np.sqrt(1 / 3))
    assert spread.sum() == spread[5]


def test_the_nearest_codes_vote():
    codes = np.array([[0, 0], [1, 0], [0, 1], [9, 9], [0.5, 0]], np.float32)
    labels = np.array([3, 8, 3, 1, 8], np.uint8)
    assert posterior.votes(np.zeros(2, np.float32), codes, labels, 3) == [(8, 2), (3, 1)]
    assert posterior.votes(np.array([9, 8], np.float32), codes, labels, 1) == [(1, 1)]


def test_an_own_image_is_binarized_like_test_images():
    x = data.load("mnist").x_test[:3]
    assert data.as_input(x, "grey", 2) is x
    np.testing.assert_array_equal(data.as_input(x, "threshold", 2), x > 0.5)
    drawn = data.as_input(x, "dynamic", 2)
    assert set(np.unique(drawn)) == {0, 1}
    assert (drawn[x == 0] == 0).all() and (drawn[x == 1] == 1).all()
    np.testing.assert_array_equal(drawn, data.as_input(x, "dynamic", 2))
    assert (drawn != data.as_input(x, "dynamic", 1)).any()
