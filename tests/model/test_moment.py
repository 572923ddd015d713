"""A moment answers as the model with its weights does, by functions that all moments share."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from vae import latent
from vae.config import RunConfig
from vae.model.moment import Moment, network
from vae.presets import PRESETS
from vae.runs import weights
from vae.training import build, load_model, load_moment

x = np.random.default_rng(0).random((5, 784), np.float32)
LEARNED = RunConfig(likelihood="learned_gaussian", kl_reduction="sum", more_layers="20", latent_dim=3)


@pytest.mark.parametrize(
    "config", [PRESETS["two-d"].config, PRESETS["keras-conv"].config, LEARNED], ids=["dense", "conv", "learned sigma"]
)
def test_it_answers_as_the_model_does(config):
    model = build(config)
    moment = Moment(network(config), {weight.path: weight.numpy() for weight in model.weights})
    for ours, theirs in zip(latent.encode(moment, x), latent.encode(model, x), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)
    z = np.random.default_rng(1).normal(size=(7, config.latent_dim)).astype(np.float32)
    np.testing.assert_allclose(latent.decode(moment, z), latent.decode(model, z), atol=1e-6)


def test_each_moment_of_a_run_has_its_own_weights(trained):
    store, (run, _) = trained
    first, last = (load_moment(store, run, step) for step in (0, run.step))
    for moment, step in ((first, 0), (last, run.step), (first, 0)):
        np.testing.assert_allclose(
            latent.encode(moment, x).z_mean, latent.encode(load_model(store, run, step), x).z_mean, atol=1e-6
        )


def test_runs_with_the_same_layers_share_functions_that_are_compiled_once(trained):
    store, (tape, fit) = trained
    shared = network(tape.config)
    assert shared is network(fit.config.model_copy(update={"seed": 9, "epochs": 1, "kl_weight": 2.0}))
    assert shared is not network(tape.config.model_copy(update={"latent_dim": 5}))
    for run, n in ((tape, 3), (fit, 40)):
        latent.decode(load_moment(store, run, 20), np.zeros((n, 4), np.float32))
    assert shared.images.experimental_get_tracing_count() == 1


def test_many_may_ask_at_the_same_time(trained):
    store, (run, _) = trained
    moments = [load_moment(store, run, step) for step in (0, run.step)]
    alone = [latent.encode(moment, x).z_mean for moment in moments]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: latent.encode(moments[n % 2], x).z_mean, range(200)))
    for n, z_mean in enumerate(found):
        np.testing.assert_array_equal(z_mean, alone[n % 2])


def test_weights_that_are_not_there_are_said_to_be_missing(trained):
    store, (run, _) = trained
    with pytest.raises(weights.WeightsError, match="not there any more"):
        load_moment(store, run, 13)
