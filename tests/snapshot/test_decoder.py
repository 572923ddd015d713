"""The page's decoder draws what TensorFlow draws."""

import numpy as np
import pytest

from tests.snapshot.conftest import data_of, run_javascript
from vae import latent
from vae.config import RunConfig
from vae.presets import PRESETS
from vae.snapshot import models
from vae.snapshot.packing import Arrays
from vae.training import build, load_model

DECODERS = {
    "tutorial": RunConfig(),
    "two-d": PRESETS["two-d"].config,
    "one unit": RunConfig(latent_dim=1),
    "deep tanh": RunConfig(more_layers="96-48", activation="tanh", latent_dim=5),
    "elu": RunConfig(more_layers="32", activation="elu"),
    "softplus": RunConfig(activation="softplus"),
    "bernoulli": RunConfig(likelihood="bernoulli", kl_reduction="sum"),
    "conv": PRESETS["keras-conv"].config,
    "deep conv": RunConfig(network="conv", more_layers="24", activation="tanh", latent_dim=3),
}


def drawn(content, arrays, z):
    """What the page draws for codes: [n, 784]."""
    return run_javascript(
        ("arrays", "decoder"),
        "given.z.map((z) => Array.from(makeDecoder(given.content, given.arrays)(z)))",
        {"content": content, "arrays": arrays, "z": z.tolist()},
    )


@pytest.mark.parametrize("config", DECODERS.values(), ids=DECODERS)
def test_it_draws_what_tensorflow_draws(config):
    random = np.random.default_rng(0)
    model, arrays = build(config), Arrays()
    # Larger than those of a fresh network, as training makes them: pixels anywhere between 0 and 1.
    for weight in model.decoder.weights:
        inputs = np.prod(weight.shape) / max(weight.shape[-1 if len(weight.shape) < 4 else 2], 1)
        weight.assign(random.normal(0, 2 / max(inputs, 4) ** 0.5, weight.shape))
    z = random.normal(size=(12, config.latent_dim)).astype(np.float32)
    expected = latent.decode(model, z)
    assert expected.std() > 0.1
    assert np.abs(drawn(models.decoder(model, arrays), arrays.packed, z) - expected).max() < 1e-3


def test_the_decoder_of_a_finished_page_is_the_runs(trained, race_page):
    store, (run, _) = trained
    page = data_of(race_page)
    z = np.random.default_rng(1).normal(size=(12, run.config.latent_dim)).astype(np.float32)
    expected = latent.decode(load_model(store, run, run.step), z)
    assert np.abs(drawn(page["models"][0], page["arrays"], z) - expected).max() < 1e-3


def test_a_decoder_that_is_too_large_is_left_out_and_said():
    model = build(RunConfig(intermediate_dim=2048))
    assert models.decoder(model, Arrays()) == {
        "reason": "There is no live decoder here: with 1,674,000 weights it is too large for a page."
    }
