"""A training that is broken off goes on as if it had not been."""

import os
import resource
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from tests.conftest import PROJECT, train_here
from vae import recorder, training
from vae.config import RunConfig
from vae.jobs import local
from vae.jobs.processes import born
from vae.runs import Run, Store, checkpoints, weights

# Three epochs of 7 batches, the last of 20 images.
CONFIG = RunConfig(images=6 * 64 + 20, epochs=3, latent_dim=4, intermediate_dim=16, kl_reduction="sum")
# A scan makes 16 steps before it looks whether to stop: two epochs of 26.
XLA = CONFIG.model_copy(
    update={"epochs": 2, "batch_size": 16, "compiler": "xla", "inputs": "dynamic", "likelihood": "bernoulli"}
)
KINDS = {"tape_scan": XLA, "tape": CONFIG, "fit": CONFIG.model_copy(update={"steps_per_execution": 2})}
KINDS["tape_eager"] = CONFIG.model_copy(update={"schedule": "cosine", "warm_up": "linear"})


def go_on(record: Store, run_id: str, stop_at: int | None = None, pause: bool = False) -> Run:
    """Trains a run that waits, in this process, until it has some steps or to its end."""
    record.claim(run_id, os.getpid(), born(psutil.Process()))
    stopping = threading.Event()

    def stop(step: int, _: float) -> None:
        if stop_at and step >= stop_at:
            record.ask_stop(run_id, pause=pause)
            stopping.set()

    return training.train(record, run_id, stopping, stop)


@pytest.fixture(autouse=True)
def _every_step_is_recorded_at_once_and_the_last_test_is_short(monkeypatch):
    monkeypatch.setattr(training, "evaluate", lambda model, data: {"verdict": "Tested."})
    monkeypatch.setattr(recorder, "FIRST_FLUSH_SECONDS", 0.0)
    monkeypatch.setattr(recorder, "FLUSH_SECONDS", 0.0)


def assert_alike(record: Store, run: Run, whole: Run, tolerance: float) -> None:
    """Both runs have every step once, with the same losses and the same weights after each epoch."""
    ours, theirs = record.metrics(run.id), record.metrics(whole.id)
    assert ours.step.tolist() == list(range(run.config.steps)) == theirs.step.tolist()
    assert ours.batch_size.tolist() == theirs.batch_size.tolist()
    assert (np.diff(ours.seconds) >= 0).all()
    for name in ("loss", "reconstruction", "kl"):
        np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), rtol=0, atol=tolerance)
    for step in weights.steps(record.weights_folder(whole.id)):
        a, b = (weights.read(weights.path(record.weights_folder(each.id), step)) for each in (run, whole))
        for name in a:
            np.testing.assert_allclose(a[name], b[name], rtol=0, atol=tolerance)


@pytest.mark.parametrize("loop", KINDS)
def test_a_run_that_was_paused_ends_as_an_unbroken_one(record, loop):
    whole = train_here(record, KINDS[loop], loop)
    run_id = record.create(KINDS[loop], loop)
    per_epoch = KINDS[loop].steps_per_epoch
    # In the middle of an epoch, and again in the next.
    for stop_at in (3, per_epoch + 5):
        run = go_on(record, run_id, stop_at, pause=True)
        assert run.state == "paused" and stop_at <= run.step < run.config.steps and run.result is None
        assert run.step % per_epoch
        assert checkpoints.newest_step(record.weights_folder(run_id)) == run.step
        record.resume(run_id)
    run = go_on(record, run_id)
    assert run.state == "finished"
    assert_alike(record, run, whole, 0 if loop == "tape_scan" else 1e-6)
    assert checkpoints.files(record.weights_folder(run_id)) == []


def test_a_run_without_a_checkpoint_starts_over(record):
    run_id = record.create(CONFIG, "tape")
    go_on(record, run_id, stop_at=3)
    checkpoints.delete(record.weights_folder(run_id))
    record.resume(run_id)
    assert_alike(record, go_on(record, run_id), train_here(record, CONFIG), 1e-6)


def out_of_memory(*_):
    raise MemoryError


def test_a_run_that_was_trained_whole_but_not_tested_is_tested(record):
    run_id = record.create(CONFIG, "tape")
    folder = record.weights_folder(run_id)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "evaluate", out_of_memory)
        assert go_on(record, run_id).state == "failed"
    assert checkpoints.newest_step(folder) == CONFIG.steps
    record.resume(run_id)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training.loops, "get", out_of_memory)
        run = go_on(record, run_id)
    assert (run.state, run.step) == ("finished", CONFIG.steps) and run.result


def test_within_a_long_epoch_a_checkpoint_is_made_now_and_then(record, monkeypatch):
    monkeypatch.setattr(recorder, "CHECKPOINT_SECONDS", 0.0)
    seen, save = [], checkpoints.save
    monkeypatch.setattr(checkpoints, "save", lambda *given: seen.append(checkpoints.newest_step(save(*given).parent)))
    run_id = record.create(CONFIG, "tape")
    record.claim(run_id, os.getpid(), born(psutil.Process()))
    training.train(record, run_id)
    assert seen[:7] == [1, 2, 3, 4, 5, 6, 7]


def test_weights_that_are_no_numbers_are_no_checkpoint(record, monkeypatch):
    def diverge(task):
        task.model.weights[0].assign(np.full(task.model.weights[0].shape, np.nan))
        task.report.steps(np.ones((1, 3)), [64])
        task.report.epoch_end(0)

    monkeypatch.setattr(training.loops, "get", lambda name: diverge)
    run = train_here(record, CONFIG)
    assert checkpoints.files(record.weights_folder(run.id)) == []


def test_a_process_that_has_to_leave_leaves_a_lost_run_with_all_its_steps(record):
    run_id = record.create(CONFIG, "tape")
    record.claim(run_id, os.getpid(), born(psutil.Process()))
    stopping, leaving = threading.Event(), threading.Event()

    def leave(step: int, _: float) -> None:
        leaving.set()
        stopping.set()

    run = training.train(record, run_id, stopping, leave, leaving)
    assert run.state == "lost" and "as when it shuts down" in (run.error or "")
    assert checkpoints.newest_step(record.weights_folder(run_id)) == run.step > 0


def test_a_file_that_cannot_grow_ends_the_run_with_a_sentence_and_it_goes_on_later(record):
    config = CONFIG.model_copy(update={"intermediate_dim": 512})  # a checkpoint of 9.7 MB
    run_id = record.create(config, "tape")
    record.claim(run_id, os.getpid(), born(psutil.Process()))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def no_room(step: int, _: float) -> None:
        if step >= 9:
            # Files are written while the training goes on.
            while not checkpoints.newest_step(record.weights_folder(run_id)):
                time.sleep(0.001)
            resource.setrlimit(resource.RLIMIT_FSIZE, (6_000_000, before[1]))

    try:
        run = training.train(record, run_id, progress=no_room)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert (run.state, run.error) == ("failed", "The weights could not be written: File too large.")
    folder = record.weights_folder(run_id)
    assert checkpoints.newest_step(folder) == 7 and all(map(checkpoints.is_whole, checkpoints.files(folder)))
    record.resume(run_id)
    assert_alike(record, go_on(record, run_id), train_here(record, config), 1e-6)


CHILD = """
import os, signal, sys, time
from pathlib import Path
import numpy as np
import psutil
from tests.conftest import new_record
from vae import recorder, training
from vae.jobs.processes import born
from vae.runs import Store, checkpoints

record, (run_id, moment, count) = new_record(Path(sys.argv[1])), sys.argv[2:]
recorder.FIRST_FLUSH_SECONDS = recorder.FLUSH_SECONDS = 0.0
owner = {"savez": np, "replace": os, "append": Store}[moment]
inner, calls = getattr(owner, moment), iter(range(1, 1000))

def fault(*arguments, **values):
    result = inner(*arguments, **values)
    if next(calls) == int(count):
        # Files are written while the training goes on.
        while moment == "append" and not checkpoints.newest_step(record.weights_folder(run_id)):
            time.sleep(0.001)
        if os.environ["FAULT"] == "read-only":
            record.weights_folder(run_id).chmod(0o500)
        else:
            os.kill(os.getpid(), signal.SIGKILL)
    return result

setattr(owner, moment, fault)
record.claim(run_id, os.getpid(), born(psutil.Process()))
training.train(record, run_id)
"""


def child(record: Store, run_id: str, moment: str, count: int, *before: str, fault: str = "") -> int:
    """Trains in a process of its own, in which a fault comes after a number of calls; returns its status."""
    command = [*before, sys.executable, "-c", CHILD, str(record.folder), run_id, moment, str(count)]
    return subprocess.run(command, cwd=PROJECT, env={**os.environ, "FAULT": fault}, check=False).returncode


# Weights, checkpoint and copied steps are arrays: the first weights are 1, epoch 1 has 2 to 4, epoch 2 has 5 to 7. With
# the copied rows they are files: 1 and 2, 3 to 6, 7 to 10.
@pytest.mark.parametrize(
    ("loop", "moment", "count", "epochs_kept"),
    [
        ("tape_scan", "savez", 6, 1),  # while a checkpoint is being written
        ("tape", "replace", 8, 2),  # when it has just got its name
        ("tape", "savez", 7, 2),  # while the steps are being copied
        ("tape", "append", 11, 1),  # within an epoch
    ],
)
def test_a_killed_process_loses_nothing_from_before_its_checkpoint(record, loop, moment, count, epochs_kept):
    config = KINDS[loop].model_copy(update={"images": 7 * 64})
    goes_on_from = epochs_kept * config.steps_per_epoch
    run_id = record.create(config, loop)
    assert child(record, run_id, moment, count) == -9
    local.reap(record)
    before, folder = record.metrics(run_id), record.weights_folder(run_id)
    assert record.get(run_id).state == "lost" and checkpoints.newest_step(folder) == goes_on_from
    record.resume(run_id)
    run = go_on(record, run_id)
    assert_alike(record, run, train_here(record, config, loop), 0 if loop == "tape_scan" else 1e-6)
    np.testing.assert_array_equal(record.metrics(run_id).seconds[:goes_on_from], before.seconds[:goes_on_from])
    assert not list(Path(folder).glob("*.tmp"))


@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="root may write everywhere")
def test_a_folder_that_became_read_only_ends_the_run_with_a_sentence_and_it_goes_on_later(record):
    # Even root then keeps to the permissions.
    humble = ["setpriv", "--bounding-set=-dac_override"] if os.geteuid() == 0 else []
    run_id = record.create(CONFIG, "tape")
    assert child(record, run_id, "append", 9, *humble, fault="read-only") == 0
    run, folder = record.get(run_id), record.weights_folder(run_id)
    folder.chmod(0o700)
    assert (run.state, run.error) == ("failed", "The weights could not be written: Permission denied.")
    assert checkpoints.newest_step(folder) == 7 and all(map(checkpoints.is_whole, checkpoints.files(folder)))
    record.resume(run_id)
    assert go_on(record, run_id).state == "finished"
