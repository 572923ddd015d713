"""The record of runs that are paused and taken up again."""

import time

import numpy as np
import pytest

from tests.runs.test_store import CONFIG, chunk, running
from vae.runs import StoreError, Validation, likelihoods, weights
from vae.runs.follow import Follower
from vae.runs.resuming import make_durable, rewind
from vae.runs.run import RESUMABLE


@pytest.mark.parametrize("state", RESUMABLE)
def test_a_run_that_was_broken_off_waits_again(record, state):
    run_id = running(record)
    record.ask_stop(run_id, pause=True)
    record.end(run_id, state, error="It broke.", result={"kl": 1.0})
    record.resume(run_id)
    run = record.get(run_id)
    assert (run.state, run.error, run.result, run.stop_asked, run.pause_asked) == ("queued", None, None, None, False)
    assert (run.ended, run.pid) == (None, None)


@pytest.mark.parametrize(("state", "word"), [("queued", "waits"), ("running", "trains"), ("finished", "has finished")])
def test_other_runs_are_not_resumed(record, state, word):
    run_id = record.create(CONFIG, "tape") if state == "queued" else running(record)
    if state == "finished":
        record.end(run_id, state)
    with pytest.raises(StoreError, match=f"There is nothing to resume: this run {word}"):
        record.resume(run_id)
    assert record.get(run_id).resumes == 0


def test_a_pause_ends_a_waiting_run_and_asks_a_training_one(record):
    training, waiting = running(record), record.create(CONFIG, "tape")
    record.ask_stop(training, waiting, pause=True)
    assert record.get(waiting).state == "paused"
    assert record.get(training).state == "running" and record.get(training).pause_asked and record.beat(training)


def test_a_stop_after_a_pause_is_a_stop_from_the_first_moment(record):
    run_id = running(record)
    record.ask_stop(run_id, pause=True)
    asked = record.get(run_id).stop_asked
    record.ask_stop(run_id)
    assert (record.get(run_id).pause_asked, record.get(run_id).stop_asked) == (False, asked)


def test_going_back_forgets_what_came_later_and_nothing_else(record):
    run_id, other = running(record), running(record)
    for each in (run_id, other):
        record.append(each, chunk(0, 12))
        for step in (5, 10):
            record.validated(each, Validation(step, 0.1, 1, [0.5], 0.1))
            likelihoods.begin(record, (each, step, 5, 100), 1, 1.0, lambda _: False)
            weights.save(weights.path(record.weights_folder(each), step), {"a": np.ones(2)})
    rewind(record, run_id, 5)
    assert record.get(run_id).step == 5 and record.metrics(run_id).step.tolist() == [0, 1, 2, 3, 4]
    assert [found.step for found in record.validations(run_id)] == [5]
    assert [found.step for found in likelihoods.of_run(record, run_id)] == [5]
    assert weights.steps(record.weights_folder(run_id)) == [5]
    assert len(record.metrics(other).step) == 12 and len(record.validations(other)) == 2


def test_a_follower_sees_steps_that_were_trained_again(record):
    run_id = running(record)
    record.append(run_id, chunk(0, 12))
    follower = Follower(record, run_id)
    rewind(record, run_id, 5)
    assert len(follower.read().step) == 5
    again = chunk(5, 12)._replace(seconds=np.full(7, 9.0))
    record.append(run_id, again)
    assert follower.read().seconds[5:].tolist() == [9.0] * 7
    rewind(record, run_id, 5)
    record.append(run_id, chunk(5, 12)._replace(seconds=np.full(7, 11.0)))
    assert follower.read().seconds.tolist() == [*chunk(0, 5).seconds, *[11.0] * 7]


def test_a_follower_sees_a_run_that_started_over(record):
    run_id = running(record)
    record.append(run_id, chunk(0, 3))
    follower = Follower(record, run_id)
    rewind(record, run_id, 0)
    assert len(follower.read().step) == 0


def test_the_queue_keeps_its_order_when_the_clock_steps_back(record, monkeypatch):
    now = time.time()
    ids = []
    for shift in (0, -3600, -7200, -3600):
        monkeypatch.setattr(time, "time", lambda shift=shift: now + shift)
        ids.append(record.create(CONFIG, "tape"))
    assert [run.id for run in record.newest()] == ids[::-1]


def test_what_is_made_durable_is_in_the_database_file_itself(record):
    run_id = running(record)
    record.append(run_id, chunk(0, 12))
    make_durable(record)
    assert run_id.encode() in (record.folder / "vae-lab.sqlite3").read_bytes()
