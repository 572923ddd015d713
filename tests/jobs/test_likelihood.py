"""Estimates of the likelihood as jobs on a real record."""

import threading

import numpy as np
import psutil
import pytest

from tests.conftest import SMALL, new_record, train_here
from vae.config import RunConfig
from vae.jobs import likelihood
from vae.jobs.processes import born
from vae.runs import StoreError, likelihoods

BINARY = SMALL.model_copy(update={"likelihood": "bernoulli", "inputs": "threshold"})


@pytest.fixture
def binary(record):
    return train_here(record, BINARY, name="Binary")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "no likelihood"),
        ({"likelihood": "bernoulli"}, "black and white"),
        ({"likelihood": "bernoulli", "inputs": "dynamic"}, ""),
        ({"likelihood": "gaussian"}, ""),
        ({"likelihood": "learned_gaussian"}, ""),
    ],
)
def test_only_a_proper_likelihood_can_be_estimated(record, changes, words):
    run = record.get(record.create(RunConfig(**changes), "tape"))
    reason = likelihood.why_not(run)
    assert words in reason and bool(reason) == bool(words)


def test_an_estimate_is_recorded_with_its_standard_error(record, binary):
    from vae import data
    from vae.likelihood import log_likelihoods
    from vae.training import load_model

    found = likelihood.work(record, binary, binary.step, 20, 130, threading.Event())
    x = data.threshold(data.load("mnist").x_test[:130])
    each = np.concatenate(list(log_likelihoods(load_model(record, binary, binary.step), x, 20)))
    assert (found.state, found.done) == ("finished", 130)
    assert found.nll == pytest.approx(-each.mean())
    assert found.standard_error == pytest.approx(each.std(ddof=1) / np.sqrt(130))
    assert likelihoods.of_run(record, binary.id) == [found]


def test_a_stopped_estimate_goes_on_to_the_same_end(record, binary):
    whole = likelihood.work(record, binary, binary.step, 10, 300, threading.Event())
    stopping = threading.Event()
    key = (binary.id, binary.step, 11, 300)
    stopped = likelihood.work(record, binary, *key[1:], stopping, lambda done: stopping.set() if done else None)
    assert (stopped.state, stopped.done) == ("stopped", 100)
    again = likelihood.work(record, binary, *key[1:], threading.Event())
    assert (again.state, again.done) == ("finished", 300)
    assert again.nll == pytest.approx(whole.nll, rel=0.01)


def test_a_finished_estimate_is_not_made_again(record, binary):
    first = likelihood.work(record, binary, binary.step, 5, 100, threading.Event())
    seen = []
    assert likelihood.work(record, binary, binary.step, 5, 100, threading.Event(), seen.append) == first
    assert seen == [100]


def test_two_processes_do_not_make_one_estimate(record, binary):
    me = psutil.Process()
    key = (binary.id, binary.step, 5, 100)
    likelihoods.begin(record, key, me.pid, born(me), likelihood.is_alive)
    with pytest.raises(StoreError, match="Another process estimates this already"):
        likelihood.work(record, binary, *key[1:], threading.Event())
    # A process that is gone leaves it to the next.
    likelihoods.update(record, key, pid_created=1.0)
    assert likelihood.work(record, binary, *key[1:], threading.Event()).state == "finished"


def test_a_process_of_its_own_estimates_and_hears_that_it_should_stop(record, binary):
    process = likelihood.start(record, binary, 7, 100)
    assert process.wait(120) == 0
    found = likelihoods.find(record, binary.id, binary.step, 7, 100)
    assert found and found.state == "finished"
    key = (binary.id, binary.step, 5000, 10_000)
    process = likelihood.start(record, binary, *key[2:])
    try:
        for _ in range(1200):
            if (found := likelihoods.find(record, *key)) and found.done:
                break
            threading.Event().wait(0.1)
        likelihoods.ask_stop(record, key)
        assert process.wait(60) == 130
    finally:
        process.kill()
        process.wait()
    found = likelihoods.find(record, *key)
    assert found and found.state == "stopped" and 0 < found.done < 10_000


def test_estimates_go_with_their_run(tmp_path):
    store = new_record(tmp_path)
    run_id = store.create(RunConfig(), "tape")
    likelihoods.begin(store, (run_id, 0, 5, 10), 1, 1.0, likelihood.is_alive)
    store.end(run_id, "finished")
    store.delete(run_id)
    assert likelihoods.of_run(store, run_id) == []
