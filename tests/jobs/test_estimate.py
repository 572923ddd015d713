"""How long a training will take."""

import pytest

from tests.conftest import SMALL
from vae import curves
from vae.config import RunConfig
from vae.jobs import estimate
from vae.loops import LOOPS


@pytest.mark.parametrize("loop", LOOPS)
def test_without_a_measure_it_is_a_guess(record, loop):
    seconds, measured = estimate.seconds(record, RunConfig(), loop)
    assert (seconds, measured) == (pytest.approx(3 * LOOPS[loop].seconds_per_epoch), False)


def test_a_larger_network_takes_longer(record):
    large = RunConfig(intermediate_dim=2048)
    assert estimate.seconds(record, large, "tape")[0] > 2 * estimate.seconds(record, RunConfig(), "tape")[0]


def test_a_finished_run_of_the_loop_is_the_measure(trained):
    record, (tape, _) = trained
    seconds, measured = estimate.seconds(record, SMALL, "tape")
    assert measured
    assert seconds == pytest.approx(SMALL.steps / curves.steps_per_second(record.metrics(tape.id)), rel=1e-6)
