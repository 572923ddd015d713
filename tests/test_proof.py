"""Two runs compared in every loss and every weight."""

import numpy as np
import pytest

from tests.conftest import SMALL, train_here
from vae.proof import prove, weight_differences
from vae.runs import weights
from vae.runs.weights import WeightsError


def proof(record, a, b):
    return prove(record, a, b, record.metrics(a.id), record.metrics(b.id))


def test_tape_and_fit_are_equal_in_every_loss_and_weight(trained):
    found = proof(trained[0], *trained[1])
    assert found.loss == (20, 0.0, None)
    assert found.weights == [(0, 0.0), (10, 0.0), (20, 0.0)] and found.largest_weight == 0.0


def test_other_noise_shows_from_the_first_step_on_but_not_in_the_first_weights(record):
    a, b = (train_here(record, SMALL.model_copy(update={"noise_shift": shift})) for shift in (0, 1))
    found = proof(record, a, b)
    assert found.loss.first_step == 0 and found.loss.largest > 1e-6
    assert found.weights[0] == (0, 0.0) and found.weights[-1][1] > 1e-6


def test_a_changed_weight_is_found(record):
    a, b = (train_here(record, SMALL) for _ in range(2))
    file = weights.path(record.weights_folder(b.id), 10)
    arrays = weights.read(file)
    name = next(name for name in arrays if name.endswith("kernel"))
    changed = arrays[name].copy()
    changed.flat[3] += np.float32(0.5)
    weights.save(file, {**arrays, name: changed})
    assert weight_differences(record, a.id, b.id)[1] == (10, pytest.approx(0.5, abs=1e-6))


def test_models_of_other_sizes_are_refused_with_a_sentence(record):
    a, b = (train_here(record, SMALL.model_copy(update={"latent_dim": size})) for size in (2, 3))
    with pytest.raises(WeightsError, match="the models differ in size"):
        proof(record, a, b)


def test_runs_without_weights_have_no_difference_of_weights(record):
    a, b = (record.get(record.create(SMALL, "tape")) for _ in range(2))
    assert proof(record, a, b).weights == [] and proof(record, a, b).largest_weight is None
