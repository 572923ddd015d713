"""What a linear model can make of the images."""

import numpy as np
import pytest

from vae import data, pca
from vae.config import PIXELS


@pytest.fixture(scope="module")
def x():
    return np.random.default_rng(0).random((300, PIXELS), np.float32)


def test_the_spectrum_is_that_of_the_covariance(x):
    expected = np.linalg.eigvalsh(np.cov(x.T.astype(np.float64), bias=True))[::-1]
    np.testing.assert_allclose(pca.spectrum(x), np.maximum(expected, 0), atol=1e-4)


@pytest.mark.parametrize("components", [1, 10, 150, 784, 2000])
def test_the_error_is_that_of_the_singular_vectors(x, components):
    train, test = x[:200].astype(np.float64), x[200:].astype(np.float64)
    _, _, vectors = np.linalg.svd(train - train.mean(axis=0), full_matrices=True)
    kept = vectors[:components]
    centred = test - train.mean(axis=0)
    expected = np.mean(np.square(centred - centred @ kept.T @ kept))
    assert pca.error(x[:200], x[200:], components) == pytest.approx(expected, abs=1e-5)


def test_no_components_leave_the_mean_image():
    mnist = data.load("mnist")
    assert pca.error(mnist.x_train, mnist.x_test, 0) == pytest.approx(0.06747, rel=1e-3)


def test_the_spectrum_of_binarized_and_of_divided_images_is_that_of_such_images():
    x = data.load("mnist").x_train[:20_000]
    drawn = data.binarize(x, 0, 0)
    np.testing.assert_allclose(pca.spectrum(x, binarized=True)[:20], pca.spectrum(drawn)[:20], rtol=0.02)
    mean = x.mean(axis=0, dtype=np.float64)
    kept = mean > 0
    divided = (x[:, kept] / np.sqrt(mean[kept] * (1 - mean[kept]))).astype(np.float64)
    exact = np.linalg.eigvalsh(np.cov(divided.T, bias=True))[::-1]
    np.testing.assert_allclose(pca.spectrum(x, divided=True)[:20], exact[:20], rtol=1e-3)
