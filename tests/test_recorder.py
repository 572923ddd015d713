"""When what a loop reports reaches the record."""

from contextlib import closing
from types import SimpleNamespace

import numpy as np
import psutil
import pytest

from tests.conftest import SMALL
from vae import recorder
from vae.config import PIXELS
from vae.jobs.processes import born
from vae.loops.tape_scan import REPORT_SECONDS
from vae.recorder import Recorder
from vae.runs import StoreError
from vae.training import prepare

SECONDS = 10.0


def heard(record, monkeypatch, every: float) -> list[float]:
    """When the record grew, in seconds, while a loop reported a step `every` so many seconds for ten seconds."""
    config = SMALL.model_copy(update={"epochs": 500, "images": 60_000})
    run_id = record.create(config, "tape")
    record.claim(run_id, psutil.Process().pid, born(psutil.Process()))
    now, times = 0.0, []
    monkeypatch.setattr(recorder, "time", SimpleNamespace(perf_counter=lambda: now))
    with closing(Recorder(record, record.get(run_id), None, None, lambda step, loss: times.append(now))) as report:
        report.begin(prepare(config, np.zeros((64, PIXELS), np.float32), report), 0.0)
        for number in range(1, round(SECONDS / every) + 1):
            now = number * every
            report.steps(np.zeros((1, 3), np.float32), [64])
    return times


@pytest.mark.parametrize("every", [0.002, 0.07, REPORT_SECONDS])
def test_the_record_hears_of_a_training_more_than_four_times_a_second(record, monkeypatch, every):
    gaps = np.diff(heard(record, monkeypatch, every))
    assert gaps.mean() < 0.25 and gaps.max() < 0.25


def test_quick_steps_are_not_written_one_by_one(record, monkeypatch):
    later = [time for time in heard(record, monkeypatch, 0.002) if time > 1]
    assert len(later) < 7 * (SECONDS - 1)


def test_nothing_is_written_after_a_part_that_could_not_be_written(record, monkeypatch):
    run_id = record.create(SMALL, "tape")
    record.claim(run_id, psutil.Process().pid, born(psutil.Process()))
    append, tried = record.append, []

    def second_fails(run_id, chunk):
        tried.append(chunk.step[0])
        if len(tried) == 2:
            raise StoreError("The disk is full.")
        append(run_id, chunk)

    now = 0.0
    monkeypatch.setattr(record, "append", second_fails)
    monkeypatch.setattr(recorder, "time", SimpleNamespace(perf_counter=lambda: now))
    with (
        pytest.raises(StoreError, match="full"),
        closing(Recorder(record, record.get(run_id), None, None, lambda step, loss: None)) as report,
    ):
        report.begin(prepare(SMALL, np.zeros((64, PIXELS), np.float32), report), 0.0)
        for _ in range(5):
            now += 1.0
            report.steps(np.zeros((1, 3), np.float32), [64])
        report.finish()
    assert tried == [0, 1] and record.metrics(run_id).step.tolist() == [0]
