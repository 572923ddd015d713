"""One thing changed at a time, and how far the printed loss moves."""

import numpy as np
import pytest

from tests.conftest import SMALL, train_here
from vae.causes import CAUSES, EPOCHS, IMAGES, effect, find, pair
from vae.config import RunConfig
from vae.curves import VIEWS
from vae.loops import LOOPS
from vae.runs import Metrics


@pytest.mark.parametrize("cause", CAUSES.values(), ids=CAUSES)
def test_exactly_one_thing_is_changed(cause):
    (loop, config), (other_loop, other) = pair(cause, RunConfig())
    settings = [name for name in RunConfig.model_fields if getattr(config, name) != getattr(other, name)]
    assert len(settings) + (loop != other_loop) + (cause.views[0] != cause.views[1]) == 1


@pytest.mark.parametrize("cause", CAUSES.values(), ids=CAUSES)
def test_a_pair_is_possible_short_and_has_a_smaller_last_batch(cause):
    for loop, config in pair(cause, RunConfig(epochs=100, order_shift=5, compiler="xla")):
        assert RunConfig.model_validate(config.model_dump()) == config and loop in LOOPS
        assert (config.images, config.epochs) == (IMAGES, EPOCHS) and config.images % config.batch_size
    assert set(cause.views) <= set(VIEWS)


def test_a_pair_keeps_what_is_trained():
    (_, config), _ = pair(CAUSES["order"], RunConfig(latent_dim=2, kl_reduction="sum", images=640, epochs=1))
    assert (config.latent_dim, config.kl_reduction, config.images, config.epochs) == (2, "sum", 640, 1)


def test_a_training_is_found_again_unless_it_failed(record):
    trainings = pair(CAUSES["order"], SMALL)
    runs = [train_here(record, config, loop) for loop, config in trainings]
    assert [find(record.newest(), training).id for training in trainings] == [run.id for run in runs]
    queued = record.create(SMALL.model_copy(update={"seed": 9}), "tape")
    assert find(record.newest(), ("tape", SMALL.model_copy(update={"seed": 9}))).id == queued
    record.end(queued, "failed", error="x")
    assert find(record.newest(), ("tape", SMALL.model_copy(update={"seed": 9}))) is None


def made_up(losses, sizes):
    steps = np.arange(len(losses))
    loss = np.array(losses, np.float64)
    return Metrics(steps, steps // 2, np.array(sizes), loss, loss, loss * 0, steps * 1.0)


def test_an_effect_is_the_largest_difference_of_what_is_printed():
    first, second = made_up([4, 2, 1, 1], [64, 64, 64, 64]), made_up([4, 2, 1, 3], [64, 64, 64, 64])
    found = effect(CAUSES["order"], first, second)
    assert found == (([3.0, 1.0], [3.0, 2.0]), 1.0)


def test_a_view_alone_can_move_what_is_printed():
    record = made_up([4, 2, 1, 1], [64, 32, 64, 32])
    assert effect(CAUSES["metric"], record, record).printed[1] == [3.0, 2.0]
    assert effect(CAUSES["last-batch"], record, record).distance == pytest.approx(10 / 3 - 3)


def test_equal_trainings_have_no_effect():
    record = made_up([4, 2], [64, 64])
    assert effect(CAUSES["loop"], record, record).distance == 0.0
