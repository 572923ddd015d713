"""When what a loop reports reaches the record."""

import threading
from contextlib import closing
from types import SimpleNamespace

import numpy as np
import pytest

from tests.conftest import SMALL, claimed
from vae import loops, recorder
from vae.config import PIXELS
from vae.loops import LOOPS
from vae.loops.tape_scan import REPORT_SECONDS
from vae.recorder import Recorder
from vae.runs import StoreError
from vae.training import prepare

SECONDS = 10.0


def recording(record, run_id, x_test=None, progress=lambda step, loss: None) -> Recorder:
    """A recorder of a run; ask its events whether it should stop and whether it has shown the record that it lives."""
    return Recorder(record, record.get(run_id), x_test, threading.Event(), progress, threading.Event())


def heard(record, monkeypatch, every: float) -> list[float]:
    """When the record grew, in seconds, while a loop reported a step `every` so many seconds for ten seconds."""
    config = SMALL.model_copy(update={"epochs": 500, "images": 60_000})
    run_id = claimed(record, config)
    now, times = 0.0, []
    monkeypatch.setattr(recorder, "time", SimpleNamespace(perf_counter=lambda: now))
    with closing(recording(record, run_id, progress=lambda step, loss: times.append(now))) as report:
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
    run_id = claimed(record)
    append, tried = record.append, []

    def second_fails(run_id, chunk):
        tried.append(chunk.step[0])
        if len(tried) == 2:
            raise StoreError("The disk is full.")
        append(run_id, chunk)

    now = 0.0
    monkeypatch.setattr(record, "append", second_fails)
    monkeypatch.setattr(recorder, "time", SimpleNamespace(perf_counter=lambda: now))
    with pytest.raises(StoreError, match="full"), closing(recording(record, run_id)) as report:
        report.begin(prepare(SMALL, np.zeros((64, PIXELS), np.float32), report), 0.0)
        for _ in range(5):
            now += 1.0
            report.steps(np.zeros((1, 3), np.float32), [64])
        report.finish()
    assert tried == [0, 1] and record.metrics(run_id).step.tolist() == [0]


def test_a_stop_is_heard_with_the_next_steps_which_show_that_the_run_lives(record):
    run_id = claimed(record)
    began = record.get(run_id).heartbeat
    with closing(recording(record, run_id)) as report:
        report.begin(prepare(SMALL, np.zeros((64, PIXELS), np.float32), report), 0.0)
        report.steps(np.zeros((1, 3), np.float32), [64])
        report.finish()
        assert report.heard.is_set() and not report.stopping
        assert record.get(run_id).heartbeat > began
        record.ask_stop(run_id)
        report.steps(np.zeros((1, 3), np.float32), [64])
        report.finish()
        assert report.stopping


@pytest.mark.parametrize(("loop", "compiler"), [*((loop, "graph") for loop in LOOPS), ("tape_scan", "xla")])
def test_what_is_kept_of_a_moment_is_as_it_was_then_however_late_it_is_written(record, monkeypatch, loop, compiler):
    config = SMALL.model_copy(update={"compiler": compiler})
    run_id = claimed(record, config, loop)
    kept, copied = [], []
    monkeypatch.setattr(recorder.checkpoints, "save", lambda folder, step, arrays: kept.append(arrays))

    x = np.random.default_rng(0).random((config.images, PIXELS), np.float32)
    with closing(recording(record, run_id, x)) as report:
        epoch_end = report.epoch_end

        def copy_first(epoch):
            copied.append({name: np.array(variable.numpy()) for name, variable in task.state.items()})
            epoch_end(epoch)

        report.epoch_end = copy_first
        task = prepare(config, x, report)
        report.begin(task, 0.0)
        loops.get(loop)(task)
        report.finish()
    assert len(kept) == len(copied) == config.epochs
    for arrays, copies in zip(kept, copied, strict=True):
        assert arrays.keys() == copies.keys()
        assert all(np.array_equal(arrays[name], copies[name]) for name in copies)
    assert any(not np.array_equal(kept[0][name], kept[1][name]) for name in kept[0])
