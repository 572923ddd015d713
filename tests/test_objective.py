"""The two terms of the loss, against closed forms and other implementations."""

import keras
import numpy as np
import pytest

from vae.objective import kl_per_unit, kl_term, mean_squared_error

rng = np.random.default_rng(0)
MEAN, LOG_VAR = rng.normal(size=(2, 64, 5)).astype(np.float32)


def test_the_kl_of_the_prior_from_itself_is_zero():
    assert not kl_per_unit(np.zeros((2, 3), np.float32), np.zeros((2, 3), np.float32)).numpy().any()


def test_the_kl_is_the_closed_form_of_two_gaussians():
    sigma = np.exp(LOG_VAR / 2, dtype=np.float64)
    closed = -np.log(sigma) + (sigma**2 + np.square(MEAN, dtype=np.float64)) / 2 - 0.5
    np.testing.assert_allclose(kl_per_unit(MEAN, LOG_VAR), closed, rtol=1e-5, atol=1e-6)


def test_the_kl_is_the_mean_log_ratio_of_the_densities():
    mean, log_var = 0.7, -0.5
    z = mean + np.exp(log_var / 2) * rng.normal(size=400_000)
    log_q = -0.5 * (np.log(2 * np.pi) + log_var + (z - mean) ** 2 / np.exp(log_var))
    log_p = -0.5 * (np.log(2 * np.pi) + z**2)
    exact = kl_per_unit(np.float32([[mean]]), np.float32([[log_var]])).numpy().item()
    assert exact == pytest.approx((log_q - log_p).mean(), abs=5e-3)


def test_mean_is_the_tutorials_formula():
    tutorial = -0.5 * keras.ops.mean(LOG_VAR - keras.ops.square(MEAN) - keras.ops.exp(LOG_VAR) + 1)
    assert float(kl_term(MEAN, LOG_VAR, "mean", 1.0)) == pytest.approx(float(tutorial), rel=1e-6)


def test_sum_is_the_mean_times_units_over_pixels():
    by_sum = float(kl_term(MEAN, LOG_VAR, "sum", 1.0))
    assert by_sum == pytest.approx(float(kl_term(MEAN, LOG_VAR, "mean", 1.0)) * 5 / 784, rel=1e-5)


def test_the_weight_is_a_factor():
    assert float(kl_term(MEAN, LOG_VAR, "mean", 0.25)) == pytest.approx(float(kl_term(MEAN, LOG_VAR, "mean", 1)) / 4)


def test_the_reconstruction_term_is_keras_mean_squared_error_to_the_last_bit():
    x, y = rng.random((2, 64, 784), np.float32)
    assert mean_squared_error(x, y).numpy() == np.asarray(keras.losses.MeanSquaredError()(x, y))
