"""The shapes of the weights, from the config alone."""

import pytest

from tests.test_parity import OBJECTIVES
from vae.config import RunConfig
from vae.runs.shapes import shapes

CONFIGS = [*OBJECTIVES, {"more_layers": "50-20"}, {"network": "conv", "more_layers": "50-20", "latent_dim": 3}]


@pytest.mark.parametrize("changes", CONFIGS, ids=lambda changes: " ".join(map(str, changes.values())))
def test_they_are_those_of_the_model(changes):
    from vae.training import build

    config = RunConfig(kl_reduction="sum").model_copy(update=changes)
    model = build(config)
    assert shapes(config) == {weight.path: (tuple(weight.shape), str(weight.dtype)) for weight in model.weights}
