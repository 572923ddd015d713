"""The two terms of the loss, against closed forms and other implementations."""

import keras
import numpy as np
import pytest

from vae.objective import (
    Objective,
    bernoulli_nll,
    gaussian_nll,
    importance_weighted_bound,
    kl_per_unit,
    kl_term,
    log_ratio,
    mean_squared_error,
)

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
    assert float(kl_term(MEAN, LOG_VAR, Objective(kl_reduction="mean", kl_weight=1.0))) == pytest.approx(
        float(tutorial), rel=1e-6
    )


def test_sum_is_the_mean_times_units_over_pixels():
    by_sum = float(kl_term(MEAN, LOG_VAR, Objective(kl_reduction="sum", kl_weight=1.0)))
    assert by_sum == pytest.approx(
        float(kl_term(MEAN, LOG_VAR, Objective(kl_reduction="mean", kl_weight=1.0))) * 5 / 784, rel=1e-5
    )


def test_the_weight_is_a_factor():
    assert float(kl_term(MEAN, LOG_VAR, Objective(kl_reduction="mean", kl_weight=0.25))) == pytest.approx(
        float(kl_term(MEAN, LOG_VAR, Objective(kl_reduction="mean", kl_weight=1))) / 4
    )


def test_the_reconstruction_term_is_keras_mean_squared_error_to_the_last_bit():
    x, y = rng.random((2, 64, 784), np.float32)
    assert mean_squared_error(x, y).numpy() == np.asarray(keras.losses.MeanSquaredError()(x, y))


X = (rng.random((6, 784)) > 0.7).astype(np.float32)
LOGITS = rng.normal(0, 3, (4, 6, 784)).astype(np.float32)


def test_the_gaussian_is_the_log_density():
    sigma, mean = 0.3, 1 / (1 + np.exp(-LOGITS.astype(np.float64)))
    density = -0.5 * ((X - mean) / sigma) ** 2 - np.log(sigma) - 0.5 * np.log(2 * np.pi)
    found = gaussian_nll(X, mean.astype(np.float32), np.log(sigma))
    np.testing.assert_allclose(found, -density.sum(axis=-1), rtol=1e-5)


def test_the_bernoulli_is_keras_cross_entropy_summed_over_pixels():
    keras_own = keras.losses.BinaryCrossentropy(from_logits=True, reduction=None)(X, LOGITS[0]).numpy() * 784
    np.testing.assert_allclose(bernoulli_nll(X, LOGITS)[0], keras_own, rtol=1e-5)


def test_the_bernoulli_is_safe_for_logits_of_any_size():
    found = bernoulli_nll(np.float32([[0, 1, 1]]), np.float32([[-500, 500, -500]])).numpy()
    np.testing.assert_array_equal(found, [500])


def test_free_bits_charge_a_silent_unit_its_allowance_and_a_busy_one_what_it_uses():
    mean = np.zeros((8, 2), np.float32)
    mean[:, 1] = 2.0  # 2 nats
    objective = Objective(likelihood="bernoulli", kl_reduction="sum", free_bits=0.5)
    assert float(kl_term(mean, np.zeros_like(mean), objective)) == pytest.approx(2.5)


def test_a_true_kl_beside_nats_is_not_divided_by_the_pixels():
    nats = Objective(likelihood="bernoulli", kl_reduction="sum")
    pixels = Objective(kl_reduction="sum")
    assert float(kl_term(MEAN, LOG_VAR, nats)) == pytest.approx(784 * float(kl_term(MEAN, LOG_VAR, pixels)), rel=1e-5)


def test_the_weight_warms_up():
    objective = Objective(kl_weight=2.0, warm_up="linear", warm_up_steps=10)
    whole = float(kl_term(MEAN, LOG_VAR, Objective()))
    assert float(kl_term(MEAN, LOG_VAR, objective, np.float32(5))) == pytest.approx(whole)
    assert float(kl_term(MEAN, LOG_VAR, objective, np.float32(50))) == pytest.approx(2 * whole)


def test_the_log_ratio_is_that_of_the_densities():
    z = rng.normal(size=(3, 64, 5)).astype(np.float32)
    variance = np.exp(LOG_VAR.astype(np.float64))
    log_q = -0.5 * (np.log(2 * np.pi * variance) + (z - MEAN) ** 2 / variance)
    log_p = -0.5 * (np.log(2 * np.pi) + z.astype(np.float64) ** 2)
    np.testing.assert_allclose(log_ratio(z, MEAN, LOG_VAR), (log_q - log_p).sum(axis=-1), rtol=1e-4, atol=1e-4)


def test_one_sample_bounds_by_its_own_weight():
    nll, ratio = rng.normal(100, 10, (2, 1, 64)).astype(np.float32)
    assert float(importance_weighted_bound(nll, ratio)) == pytest.approx((nll + ratio).mean(), rel=1e-6)


def test_more_samples_bound_more_tightly_and_never_pass_the_truth():
    # x = z + noise in one dimension: the truth is the density of N(0, 1 + variance), and q is not the posterior.
    variance, x, samples = 0.5, 1.3, 64
    truth = 0.5 * (np.log(2 * np.pi * (1 + variance)) + x**2 / (1 + variance))
    z = rng.normal(0.5, 1, (samples, 4000))
    nll = 0.5 * (np.log(2 * np.pi * variance) + (x - z) ** 2 / variance)
    ratio = 0.5 * (z**2 - (z - 0.5) ** 2)
    bounds = [float(importance_weighted_bound(nll[:k], ratio[:k])) for k in (1, 4, 64)]
    assert bounds[0] > bounds[1] > bounds[2] > truth - 0.01
    assert bounds[2] == pytest.approx(truth, abs=0.02)
