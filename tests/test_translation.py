"""One loss in several units."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae.config import PIXELS, RunConfig
from vae.translation import effective_beta, translate


def test_the_tutorials_model_is_a_beta_vae():
    assert effective_beta(RunConfig()) == 12.25
    assert effective_beta(RunConfig(latent_dim=2)) == 196
    assert effective_beta(RunConfig(kl_reduction="sum")) == 0.5


@given(st.floats(0, 1), st.floats(0, 50), st.integers(1, 256), st.sampled_from(["mean", "sum"]), st.floats(1e-3, 1000))
def test_the_nats_are_the_gaussians_log_density_and_beta_kl(error, nats, latent_dim, reduction, weight):
    config = RunConfig(latent_dim=latent_dim, kl_reduction=reduction, kl_weight=weight)
    shares = latent_dim if reduction == "mean" else PIXELS
    told = translate(config, error, weight * nats / shares)
    x, answer = np.zeros(PIXELS), np.full(PIXELS, math.sqrt(error))
    density = -0.5 * np.square(x - answer) - 0.5 * math.log(2 * math.pi)
    assert told.nats == pytest.approx(-density.sum() + effective_beta(config) * nats, rel=1e-9)
    assert told.kl == pytest.approx(nats, abs=1e-9)
    assert told.total == pytest.approx(PIXELS * told.per_pixel)
    assert told.bits == pytest.approx(told.nats / PIXELS * math.log2(math.e))


def test_a_kl_without_weight_is_unknown():
    assert math.isnan(translate(RunConfig(kl_weight=0), 0.05, 0.0).kl)


@given(st.floats(50, 500), st.floats(0, 50), st.integers(1, 256), st.sampled_from(["mean", "sum"]), st.floats(1e-3, 10))
def test_a_loss_in_nats_stays_what_it_is(cost, nats, latent_dim, reduction, weight):
    config = RunConfig(likelihood="bernoulli", latent_dim=latent_dim, kl_reduction=reduction, kl_weight=weight)
    told = translate(config, cost, weight * nats / (latent_dim if reduction == "mean" else 1))
    assert told.nats == told.total == pytest.approx(PIXELS * told.per_pixel)
    assert told.nats == pytest.approx(cost + effective_beta(config) * nats)
    assert told.kl == pytest.approx(nats, abs=1e-9)


def test_the_bound_itself_has_a_beta_of_one():
    assert effective_beta(RunConfig(likelihood="bernoulli", kl_reduction="sum")) == 1


@pytest.mark.parametrize("changes", [{"free_bits": 0.1}, {"bound": "iwae", "samples": 2}])
def test_a_kl_that_the_loss_does_not_hold_is_unknown(changes):
    config = RunConfig(likelihood="bernoulli", kl_reduction="sum", **changes)
    assert math.isnan(translate(config, 100.0, 20.0).kl)


def test_a_warm_up_counts_with_its_share():
    config = RunConfig(likelihood="bernoulli", kl_reduction="sum", warm_up="linear")
    assert translate(config, 100.0, 5.0, share=0.25).kl == 20
