"""A linear model is probabilistic PCA (Tipping and Bishop 1999), whose likelihood is known in closed form."""

import math

import numpy as np
import pytest
import tensorflow as tf

from vae import data, objective
from vae.config import PIXELS
from vae.likelihood import log_likelihoods

UNITS = 5


class Linear:
    """Encoder and decoder at the optimum of probabilistic PCA for some images, in the interface of our models.

    x = W z + mean + sigma noise with W = V sqrt(L - sigma^2), sigma^2 the mean of the eigenvalues left out; the
    posterior is N(M^-1 W' (x - mean), sigma^2 M^-1) with M = W'W + sigma^2 = L (Tipping and Bishop 1999, section 3).
    """

    def __init__(self, x: np.ndarray):
        self.mean = x.mean(axis=0, dtype=np.float64)
        values, vectors = np.linalg.eigh(np.cov(x.T.astype(np.float64), bias=True))
        self.values, self.variance = values[-UNITS:], values[:-UNITS].mean()
        self.w = vectors[:, -UNITS:] * np.sqrt(self.values - self.variance)
        self.encoder = self.decoder = self

    def moments(self, x):
        code = (self.w / self.values).astype(np.float32)
        z_mean = tf.matmul(x - self.mean.astype(np.float32), code)
        return z_mean, tf.zeros_like(z_mean) + np.log(self.variance / self.values).astype(np.float32)

    def __call__(self, z):
        return tf.tensordot(z, self.w.T.astype(np.float32), 1) + self.mean.astype(np.float32)

    def nll(self, x, answer):
        return objective.gaussian_nll(x, answer, 0.5 * math.log(self.variance))

    def exact(self, x: np.ndarray) -> np.ndarray:
        """log N(x; mean, W W' + sigma^2), in float64 and without the encoder."""
        covariance = self.w @ self.w.T + self.variance * np.eye(PIXELS)
        centred = x - self.mean
        squares = np.einsum("ij,ij->i", centred, np.linalg.solve(covariance, centred.T).T)
        return -0.5 * (squares + np.linalg.slogdet(covariance).logabsdet + PIXELS * math.log(2 * math.pi))


@pytest.fixture(scope="module")
def x():
    return data.load("mnist").x_test[:2000]


@pytest.fixture(scope="module")
def linear(x):
    return Linear(x)


def test_the_bound_at_the_exact_posterior_is_the_likelihood(linear, x):
    z_mean, z_log_var = linear.moments(x[:50])
    # The mean of a quadratic function over a Gaussian is that over these points (Julier and Uhlmann 1997).
    away = math.sqrt(UNITS) * tf.exp(0.5 * z_log_var)[None] * np.eye(UNITS, dtype=np.float32)[:, None]
    z = z_mean + tf.concat([away, -away], 0)
    nll = tf.reduce_mean(linear.nll(x[:50], linear(z)), axis=0)
    kl = tf.reduce_sum(objective.kl_per_unit(z_mean, z_log_var), axis=-1)
    np.testing.assert_allclose(-(nll + kl).numpy(), linear.exact(x[:50]), atol=5e-3)


def test_a_worse_posterior_has_a_lower_bound(linear, x):
    z_mean, z_log_var = linear.moments(x[:50])
    nll = linear.nll(x[:50], linear(z_mean + 0.1))  # beside what the spread of z adds, which stays the same
    exact = linear.nll(x[:50], linear(z_mean))
    kl, exact_kl = (tf.reduce_sum(objective.kl_per_unit(mean, z_log_var), axis=-1) for mean in (z_mean + 0.1, z_mean))
    # KL(q || p(z|x)) of a shift d is d' S^-1 d / 2.
    lost = 0.5 * 0.01 * (linear.values / linear.variance).sum()
    np.testing.assert_allclose(((nll + kl) - (exact + exact_kl)).numpy(), lost, rtol=1e-2)


@pytest.mark.parametrize("samples", [1, 60])
def test_the_importance_sampled_likelihood_is_exact_with_any_number_of_samples(linear, x, samples):
    found = np.concatenate(list(log_likelihoods(linear, x[:50], samples)))
    np.testing.assert_allclose(found, linear.exact(x[:50]), atol=5e-3)
