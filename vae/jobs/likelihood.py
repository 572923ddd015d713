"""Estimates of the likelihood as jobs: each in a process of its own, which can be stopped and taken up again."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import psutil

from vae.data import as_inputs, load
from vae.jobs.local import PROJECT
from vae.jobs.processes import born, live_process
from vae.runs import Run, Store, copies, likelihoods
from vae.runs.likelihoods import Estimate

MAX_SAMPLES = 5000
MAX_IMAGES = 10_000
_children: list[subprocess.Popen] = []


def why_not(run: Run) -> str:
    """Why a run's model has no likelihood, a sentence, or "" if it has one."""
    if run.config.per_pixel:
        return (
            "A model trained on a mean squared error has no likelihood: the error says how far a picture is off, but "
            "not how probable it is, until somebody names a spread. Train with a gaussian or bernoulli reconstruction."
        )
    if run.config.likelihood == "bernoulli" and run.config.inputs == "grey":
        return (
            "A Bernoulli distribution gives probabilities to black and white pixels only, and this model was trained "
            "on grey ones. Train with dynamic or threshold inputs."
        )
    return ""


def is_alive(estimate: Estimate) -> bool:
    """Whether its process still works on it."""
    return estimate.state == "running" and live_process(estimate.pid, estimate.pid_created) is not None


def start(record: Store, run: Run, samples: int, images: int) -> subprocess.Popen:
    """Starts the estimate for a run's last weights in a process of its own."""
    command = ["evaluate", run.id, "--samples", str(samples), "--images", str(images), "--json"]
    with (record.folder / "worker.log").open("ab") as stderr:
        child = subprocess.Popen(
            [sys.executable, "-m", "vae", *command],
            cwd=PROJECT,
            env={**os.environ, **record.address()},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            start_new_session=True,
        )
    _children.append(child)
    return child


def under_way(record: Store) -> int:
    """How many estimates are worked on, those included that this process has just started."""
    _children[:] = [child for child in _children if child.poll() is None]
    return max(len(_children), sum(is_alive(estimate) for estimate in likelihoods.running(record)))


def work(
    record: Store,
    run: Run,
    step: int,
    samples: int,
    images: int,
    stopping: threading.Event,
    progress: Callable[[int], None] = lambda done: None,
) -> Estimate:
    """Estimates in this process, from where an earlier one was broken off.

    Args:
        record: where the estimate is kept.
        run: whose model is tested.
        step: the moment of it.
        samples: codes for each image.
        images: how many test images, from the start of the test set.
        stopping: set it to stop after the images under way.
        progress: called with the images done.

    Raises:
        StoreError: another process works on the same.
        WeightsError: there are no such weights.
        DataError: the images cannot be had.
    """
    from vae.likelihood import log_likelihoods
    from vae.training import load_model

    key = (run.id, step, samples, images)
    me = psutil.Process()
    estimate = likelihoods.begin(record, key, me.pid, born(me), is_alive)
    done, total, squares = estimate.done, estimate.total, estimate.squares
    progress(done)
    x = as_inputs(load(run.config.dataset), run.config.inputs).x_test[:images]
    model = load_model(record, run, step)
    written = time.monotonic()
    for part in log_likelihoods(model, x, samples, done) if done < len(x) else ():
        done, total, squares = done + len(part), total + float(part.sum()), squares + float((part**2).sum())
        progress(done)
        if time.monotonic() - written > 0.5 or done == len(x):
            likelihoods.update(record, key, done=done, total=total, squares=squares)
            written = time.monotonic()
            found = likelihoods.find(record, *key)
            if found is None or found.stop_asked:
                stopping.set()
        if stopping.is_set():
            break
    state = "finished" if done == len(x) else "stopped"
    likelihoods.update(record, key, done=done, total=total, squares=squares, state=state)
    copies.refresh(record, key[0])
    return likelihoods.find(record, *key) or estimate
