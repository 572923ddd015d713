"""The forecast, against probabilistic PCA, a linear VAE and the measured sweep."""

import numpy as np
import pytest

from tests.conftest import train_here
from vae import data
from vae.config import PIXELS, RunConfig
from vae.forecast import cure, forecast, sentence
from vae.pca import spectrum
from vae.presets import PRESETS


@pytest.fixture(scope="module")
def eigenvalues():
    return spectrum(data.load("mnist").x_train)


def test_the_threshold_of_the_tutorials_model_is_where_it_was_measured(eigenvalues):
    assert eigenvalues[0] == pytest.approx(5.117, abs=1e-3)
    assert forecast(RunConfig(), eigenvalues).threshold == pytest.approx(0.418, abs=1e-3)
    # Five epochs, 32 units: 0 nats at .45 and above, .024 at .35.
    assert forecast(RunConfig(kl_weight=0.45), eigenvalues).collapses
    assert not forecast(RunConfig(kl_weight=0.35), eigenvalues).collapses


@pytest.mark.parametrize("preset", PRESETS)
def test_only_the_tutorials_own_settings_collapse(eigenvalues, preset):
    config = PRESETS[preset].config
    found = forecast(config, eigenvalues)
    assert found.collapses == (preset == "tutorial")
    assert sentence(found, config).startswith("This will " + ("collapse" if found.collapses else "use"))


@pytest.mark.parametrize("config", [RunConfig(), RunConfig(latent_dim=256), RunConfig(kl_weight=1000)])
def test_the_cure_lets_units_live_and_is_cured_itself(eigenvalues, config):
    assert not forecast(cure(config), eigenvalues).collapses
    assert cure(cure(config)) == cure(config)


def test_a_linear_vae_keeps_the_predicted_error_and_kl():
    # Probabilistic PCA in closed form (Tipping and Bishop 1999) with a noise variance of beta.
    values, beta = np.array([4.0, 2.0, 1.5, 0.3, 0.1]), 1.0
    config = RunConfig(latent_dim=4, kl_reduction="sum", kl_weight=2 * beta)
    found = forecast(config, np.pad(values, (0, PIXELS - 5)))
    generator = np.random.default_rng(0)
    x = generator.normal(size=(200_000, 5)) * np.sqrt(values)
    weights = np.sqrt(np.maximum(values - beta, 0))
    z_mean, z_var = x * weights / (weights**2 + beta), beta / (weights**2 + beta)
    z = z_mean + np.sqrt(z_var) * generator.normal(size=x.shape)
    error = np.square(x - weights * z).sum(axis=1).mean() / PIXELS
    kl = 0.5 * (z_mean**2 + z_var - np.log(z_var) - 1).sum(axis=1).mean()
    assert found.units == 3
    assert found.linear_error == pytest.approx(error, rel=0.01)
    assert found.linear_kl == pytest.approx(kl, rel=0.01)


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (RunConfig(kl_weight=0), "Without a KL"),
        (RunConfig(kl_weight=0.4), "close to the threshold"),
        (RunConfig(images=640), "too few"),
        (RunConfig(), ""),
    ],
)
def test_it_says_when_the_theory_may_not_apply(eigenvalues, config, words):
    caveat = forecast(config, eigenvalues).caveat
    assert words in caveat and bool(caveat) == bool(words)


def test_a_training_ends_as_it_was_forecast(record, eigenvalues):
    for weight in (0.2, 0.6):
        run = train_here(record, RunConfig(kl_weight=weight))
        assert run.result
        assert (run.result["active_units"] == 0) == forecast(run.config, eigenvalues).collapses


def test_a_gaussian_of_variance_one_half_is_the_squared_error_with_half_the_weight(eigenvalues):
    squared = forecast(RunConfig(kl_reduction="sum", kl_weight=1.0), eigenvalues)
    gaussian = forecast(RunConfig(likelihood="gaussian", sigma=0.5**0.5, kl_reduction="sum"), eigenvalues)
    assert gaussian.bar == pytest.approx(squared.bar) and gaussian.units == squared.units


@pytest.mark.parametrize(("weight", "collapses"), [(0.6, False), (1.6, True)])
def test_a_bernoulli_collapses_where_the_divided_images_say(record, weight, collapses):
    values = spectrum(data.load("mnist").x_train, divided=True)
    threshold = forecast(RunConfig(likelihood="bernoulli", kl_reduction="sum"), values).threshold
    config = RunConfig(likelihood="bernoulli", kl_reduction="sum", latent_dim=4, kl_weight=weight * threshold)
    assert forecast(config, values).collapses == collapses
    run = train_here(record, config, "tape_scan")
    assert run.result
    assert (run.result["active_units"] == 0) == collapses


def test_free_bits_keep_all_units(eigenvalues):
    found = forecast(RunConfig(free_bits=0.1), eigenvalues)
    assert found.units == 32 and "free bits" in found.caveat


def test_the_cure_narrows_a_gaussian_that_is_too_wide(eigenvalues):
    wide = RunConfig(likelihood="gaussian", sigma=10, kl_reduction="sum")
    assert forecast(wide, eigenvalues).collapses and not forecast(cure(wide), eigenvalues).collapses
