"""What a training takes, said before it begins."""

import math

import numpy as np
import pytest

from tests.conftest import SMALL
from vae import footprint
from vae.config import RunConfig
from vae.presets import PRESETS
from vae.runs import checkpoints, disk

CONFIGS = [
    *[preset.config for preset in PRESETS.values()],
    RunConfig(intermediate_dim=1, latent_dim=1),
    RunConfig(more_layers="30-20-10"),
    RunConfig(network="conv", intermediate_dim=16, more_layers="30-20"),
    RunConfig(network="conv", likelihood="learned_gaussian"),
]


@pytest.mark.parametrize("config", CONFIGS, ids=str)
def test_the_weights_are_those_of_the_built_model(config):
    from vae.training import build

    assert footprint.weights(config) == sum(math.prod(weight.shape) for weight in build(config).trainable_variables)


def test_a_run_with_its_checkpoints_takes_no_more_disk_than_was_said_and_not_much_less(trained, tmp_path):
    from vae.training import _Silence, prepare

    store, runs = trained
    state = prepare(SMALL, np.zeros((SMALL.images, 784), np.float32), _Silence()).state
    for step in (1, 2, 3):
        checkpoints.save(tmp_path, step, {name: variable.numpy() for name, variable in state.items()})
    kept = sum(file.stat().st_size for file in tmp_path.iterdir())
    sizes = {each.run: each.size for each in disk.taken(store)}
    assert all(0.9 < (sizes[run.id] + kept) / footprint.disk_bytes(SMALL) <= 1 for run in runs)


@pytest.mark.parametrize(
    "change",
    [{"batch_size": 4096}, {"samples": 8}, {"inputs": "dynamic"}, {"more_layers": "2048"}, {"network": "conv"}],
)
def test_what_is_larger_takes_more_memory(change):
    assert footprint.memory_mb(RunConfig(**change)) > footprint.memory_mb(RunConfig())
