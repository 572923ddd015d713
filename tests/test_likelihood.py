"""The importance-sampled likelihood, against exact integration and an independent computation."""

import numpy as np
import pytest

from tests.conftest import SMALL, new_record, train_here
from vae import data, likelihood
from vae.likelihood import log_likelihoods
from vae.model.layers import standard_normal
from vae.training import load_model

TWO_D = SMALL.model_copy(
    update={"latent_dim": 2, "likelihood": "bernoulli", "inputs": "threshold", "images": 6400, "epochs": 4}
)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    store = new_record(tmp_path_factory.mktemp("two-d"))
    run = train_here(store, TWO_D)
    return load_model(store, run, run.config.steps)


@pytest.fixture(scope="module")
def x():
    return data.threshold(data.load("mnist").x_test[:130])


def estimate(model, x, samples, first=0):
    return np.concatenate(list(log_likelihoods(model, x, samples, first)))


def logits_by_hand(model, z):
    """What the decoder answers, in NumPy: float64 [..., 784]."""
    w = {weight.path.removeprefix("vae/"): weight.numpy().astype(np.float64) for weight in model.weights}
    h = np.maximum(z @ w["decoder/dense_proj/kernel"] + w["decoder/dense_proj/bias"], 0)
    return h @ w["decoder/dense_output/kernel"] + w["decoder/dense_output/bias"]


def test_it_is_the_integral_over_all_codes(model, x):
    axis = np.linspace(-15, 15, 601)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    prior = -0.5 * (grid**2).sum(axis=1) - np.log(2 * np.pi) + 2 * np.log(axis[1] - axis[0])
    images = x[:12].astype(np.float64)
    joint = np.empty((len(grid), len(images)))
    for rows in np.array_split(np.arange(len(grid)), 100):
        logits = logits_by_hand(model, grid[rows])
        joint[rows] = prior[rows, None] + logits @ images.T - np.logaddexp(0, logits).sum(axis=1, keepdims=True)
    exact = np.logaddexp.reduce(joint, axis=0)
    assert estimate(model, x[:12], 20_000).mean() == pytest.approx(exact.mean(), abs=0.05)


def test_it_is_what_numpy_computes_from_the_same_noise(model, x):
    z_mean, z_log_var = (moment.numpy().astype(np.float64) for moment in model.encoder.moments(x[:100]))
    epsilon = standard_normal((50, 100, 2), likelihood.SEED, np.int64(0)).numpy().astype(np.float64)
    z = z_mean + np.exp(z_log_var / 2) * epsilon
    log_q = -0.5 * (np.log(2 * np.pi) + z_log_var + epsilon**2).sum(axis=-1)
    log_p = -0.5 * (np.log(2 * np.pi) + z**2).sum(axis=-1)
    logits = logits_by_hand(model, z)
    log_p_x = (x[:100].astype(np.float64) * logits - np.logaddexp(0, logits)).sum(axis=-1)
    weights = log_p_x + log_p - log_q
    ours = estimate(model, x[:100], 50)
    assert ours.mean() == pytest.approx((np.logaddexp.reduce(weights, axis=0) - np.log(50)).mean(), abs=1e-4)


def test_one_sample_is_the_evidence_bound_and_more_come_closer(model, x):
    means = [estimate(model, x, samples).mean() for samples in (1, 10, 120)]
    assert means[0] < means[1] < means[2]


def test_it_can_be_taken_up_where_it_was_broken_off(model, x):
    whole = estimate(model, x, 60)
    np.testing.assert_array_equal(estimate(model, x, 60, first=100), whole[100:])
    assert len(whole) == 130
