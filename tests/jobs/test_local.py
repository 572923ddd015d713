"""The slot, the queue and the workers: real processes on a real record."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import numpy as np
import psutil
import pytest

from tests.conftest import PROJECT, SMALL, from_another_version, suspend
from vae.jobs import local
from vae.jobs.local import Dispatcher
from vae.jobs.processes import born
from vae.runs import Store, checkpoints, weights

LONG = SMALL.model_copy(update={"epochs": 500, "images": 60_000})


def wait(condition: Callable[[], object], seconds: float = 60.0) -> None:
    """Waits until the condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "It did not happen in time."
        time.sleep(0.05)


def test_a_race_over_seeds_is_one_race_with_the_loops_next_to_each_other(record):
    ids = local.submit(record, SMALL, ("tape", "fit"), "Race", seeds=2)
    runs = [record.get(run_id) for run_id in ids]
    assert [(run.loop, run.config.seed) for run in runs] == [("tape", 0), ("fit", 0), ("tape", 1), ("fit", 1)]
    assert len({run.race for run in runs}) == 1 and runs[0].race


def test_one_loop_with_several_seeds_is_a_race_too_and_one_run_is_none(record):
    assert record.get(local.submit(record, SMALL, ("tape",), seeds=2)[0]).race
    assert record.get(local.submit(record, SMALL, ("tape",))[0]).race is None


def workers(record: Store) -> list[psutil.Process]:
    """The workers on this record."""
    found = []
    for process in psutil.process_iter():
        try:
            if (
                "vae.jobs.worker" in process.cmdline()
                and process.status() != psutil.STATUS_ZOMBIE
                and process.environ().get("VAE_LAB_ARTIFACTS") == str(record.folder)
            ):
                found.append(process)
        except psutil.Error:
            continue
    return found


@pytest.fixture
def dispatcher(record: Store) -> Iterator[Dispatcher]:
    """A dispatcher at work; afterwards no process of it is left."""
    dispatcher = Dispatcher(record).start()
    yield dispatcher
    dispatcher.close()
    for process in workers(record):
        process.kill()
    for child in dispatcher.children:
        child.wait(10)


def trains(record: Store, run_id: str) -> bool:
    """Whether the run trains and has steps."""
    return record.get(run_id).state == "running" and record.get(run_id).step > 0


def test_a_race_is_trained_one_after_the_other_in_the_order_of_the_queue(record, dispatcher):
    ids = local.submit(record, SMALL, ("tape", "fit"), "Race")
    wait(lambda: not any(record.get(run_id).active for run_id in ids), 120)
    first, second = (record.get(run_id) for run_id in ids)
    assert (first.state, second.state) == ("finished", "finished")
    assert first.ended <= second.started
    assert first.race == second.race is not None and first.pid != second.pid


@pytest.fixture
def seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a dispatcher that does not look by itself again."""
    monkeypatch.setattr(local, "TICK_SECONDS", 3600)


def test_a_run_that_is_queued_in_the_dispatchers_process_does_not_wait_for_the_next_look(record, seldom, dispatcher):
    wait(lambda: workers(record))
    (run_id,) = local.submit(record, SMALL, ("tape",))
    wait(lambda: record.get(run_id).state != "queued", 10)


def test_a_running_run_stops_when_asked_and_keeps_its_steps(record, dispatcher):
    (run_id,) = local.submit(record, LONG, ("tape",))
    wait(lambda: trains(record, run_id))
    record.ask_stop(run_id)
    wait(lambda: not record.get(run_id).active, 15)  # at most 10 s, and a look at it
    run = record.get(run_id)
    assert run.state == "stopped" and len(record.metrics(run_id).step) == run.step > 0
    assert weights.steps(record.weights_folder(run_id))[-1] == run.step


def test_a_killed_worker_leaves_a_lost_run_and_the_next_one_trains(record, dispatcher):
    lost, following = local.submit(record, LONG, ("tape",)) + local.submit(record, SMALL, ("tape",))
    wait(lambda: trains(record, lost))
    os.kill(record.get(lost).pid, signal.SIGKILL)
    wait(lambda: record.get(lost).state == "lost", 15)
    assert len(record.metrics(lost).step) > 0
    assert "The system ended its process (signal 9), perhaps for lack of memory" in record.get(lost).error
    wait(lambda: record.get(following).state == "finished", 120)


def test_a_new_dispatcher_finds_the_running_worker_again(record, dispatcher):
    running, queued = local.submit(record, LONG, ("tape",)) + local.submit(record, SMALL, ("tape",))
    wait(lambda: trains(record, running))
    dispatcher.close()
    before = record.get(running)
    again = Dispatcher(record).start()
    try:
        wait(lambda: record.get(running).step > before.step)
        assert (record.get(running).state, record.get(running).pid) == ("running", before.pid)
        assert record.get(queued).state == "queued"
    finally:
        again.close()
        os.kill(before.pid, signal.SIGKILL)


def test_a_worker_that_does_not_stop_is_ended(record, dispatcher, monkeypatch):
    monkeypatch.setattr(local, "STOP_SECONDS", 1.0)
    (run_id,) = local.submit(record, LONG, ("tape",))
    wait(lambda: trains(record, run_id))
    pid = record.get(run_id).pid
    suspend(record, [psutil.Process(pid)])
    record.ask_stop(run_id)
    wait(lambda: record.get(run_id).state == "stopped", 15)
    assert "did not stop by itself" in record.get(run_id).error
    wait(lambda: pid not in [process.pid for process in workers(record)])


def test_a_run_of_a_process_that_is_gone_is_lost_although_its_number_lives(record):
    run_id = record.create(SMALL, "tape")
    record.claim(run_id, os.getpid(), born(psutil.Process()) - 1000)
    local.reap(record)
    assert record.get(run_id).state == "lost"


@pytest.mark.parametrize(("pause", "state"), [(True, "paused"), (False, "stopped")])
def test_a_run_that_was_asked_to_end_is_not_lost_when_its_process_dies(record, pause, state):
    run_id = record.create(SMALL, "tape")
    record.claim(run_id, 1, 1.0)
    record.ask_stop(run_id, pause=pause)
    local.reap(record)
    assert record.get(run_id).state == state


def test_the_wait_for_a_stop_does_not_go_by_the_clock(record, monkeypatch):
    run_id = record.create(SMALL, "tape")
    record.claim(run_id, os.getpid(), born(psutil.Process()))
    asked: dict[str, float] = {}
    with monkeypatch.context() as shifted:
        shifted.setattr(time, "time", lambda: 1.0)  # so that it was asked for long ago
        record.ask_stop(run_id)
    local.reap(record, asked)
    local.reap(record, asked)
    assert record.get(run_id).state == "running" and list(asked) == [run_id]
    record.end(run_id, "stopped")
    local.reap(record, asked)
    assert asked == {}


def with_checkpoint(record: Store, state: str) -> str:
    """A run that was broken off with a checkpoint, and its id."""
    run_id = record.create(SMALL, "tape")
    record.claim(run_id, 1, 1.0)
    checkpoints.save(record.weights_folder(run_id), 10, {"a": np.ones(3)})
    record.end(run_id, state)
    return run_id


def test_lost_runs_with_a_checkpoint_wait_again_and_no_others(record):
    lost, *others = (with_checkpoint(record, state) for state in ("lost", "stopped", "paused", "failed"))
    bare = record.create(SMALL, "tape")
    record.end(bare, "lost")
    local.resume_lost(record)
    assert [run.id for run in record.newest(("queued",))] == [lost]
    assert all(record.get(run_id).resumes == 0 for run_id in (*others, bare))


def test_a_run_is_not_taken_up_again_and_again(record):
    run_id = with_checkpoint(record, "lost")
    for _ in range(5):
        local.resume_lost(record)
        record.end(run_id, "lost")
    assert record.get(run_id).resumes == local.MAX_RESUMES == 3


def test_somebody_who_resumes_it_gives_it_its_times_anew(record):
    run_id = with_checkpoint(record, "lost")
    for by_itself in (True, True, True, False):
        record.resume(run_id, by_itself=by_itself)
        record.end(run_id, "lost")
    for times in (1, 2, 3):
        local.resume_lost(record)
        assert record.get(run_id).resumes == times
        record.end(run_id, "lost")
    local.resume_lost(record)
    assert record.get(run_id).state == "lost"


def test_a_run_of_a_living_process_is_left_alone(record):
    run_id = record.create(SMALL, "tape")
    record.claim(run_id, os.getpid(), born(psutil.Process()))
    local.reap(record)
    assert record.get(run_id).state == "running"


def test_a_run_that_this_version_cannot_read_holds_up_no_other(record, dispatcher):
    from_another_version(record, record.create(SMALL, "tape"))
    running = record.create(SMALL, "tape")
    record.claim(running, os.getpid(), born(psutil.Process()))
    from_another_version(record, running)
    (run_id,) = local.submit(record, SMALL, ("tape",))
    wait(lambda: record.get(run_id).state == "running")
    assert dispatcher.thread.is_alive()


def test_a_dispatcher_leaves_the_terminals_run_alone_and_waits_for_its_end(record, dispatcher):
    (queued,) = local.submit(record, SMALL, ("tape",))
    wait(lambda: record.get(queued).state == "running")
    record.end(queued, "stopped")
    own = record.create(SMALL, "tape", owner=(os.getpid(), born(psutil.Process())))
    (following,) = local.submit(record, SMALL, ("tape",))
    time.sleep(3 * local.TICK_SECONDS)
    assert (record.get(own).pid, record.get(following).state) == (os.getpid(), "queued")
    record.end(own, "finished")
    wait(lambda: record.get(following).state == "running")
    assert record.get(following).started >= record.get(own).ended


def test_of_two_dispatchers_one_works(record, dispatcher):
    wait(lambda: len(workers(record)) == 1)
    second = Dispatcher(record).start()
    try:
        (run_id,) = local.submit(record, SMALL, ("tape",))
        wait(lambda: record.get(run_id).state == "finished", 120)
        assert second.spare is None
    finally:
        second.close()


SERVER = """
import sys, time
from pathlib import Path
from tests.conftest import new_record
from vae.jobs.local import Dispatcher
Dispatcher(new_record(Path(sys.argv[1]))).start()
time.sleep(600)
"""


@pytest.fixture
def servers(record: Store) -> Iterator[Callable[[], subprocess.Popen]]:
    """Starts servers in processes of their own; afterwards no process of them is left."""
    started = []

    def start() -> subprocess.Popen:
        started.append(subprocess.Popen([sys.executable, "-c", SERVER, str(record.folder)], cwd=PROJECT))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()
    for process in workers(record):
        process.kill()


def test_when_server_and_worker_are_killed_the_other_server_goes_on_with_the_run(record, servers):
    first = servers()
    wait(lambda: workers(record))
    second = servers()
    (run_id,) = local.submit(record, LONG.model_copy(update={"images": 640}), ("tape",))
    folder = record.weights_folder(run_id)
    wait(lambda: (checkpoints.newest_step(folder) or 0) >= 20, 120)
    before = record.get(run_id)
    assert [process.pid for process in workers(record)] == [before.pid]
    first.kill()
    os.kill(before.pid, signal.SIGKILL)
    first.wait()
    kept = record.metrics(run_id)
    wait(lambda: record.get(run_id).resumes == 1 and trains(record, run_id), 120)
    wait(lambda: record.get(run_id).step > before.step + 20, 120)
    after, run = record.metrics(run_id), record.get(run_id)
    assert run.pid != before.pid and second.poll() is None
    assert after.step.tolist() == list(range(len(after.step)))
    np.testing.assert_array_equal(after.seconds[:20], kept.seconds[:20])
    record.ask_stop(run_id, pause=True)
    wait(lambda: record.get(run_id).state == "paused", 10)


def test_the_spare_leaves_when_its_server_dies(record):
    server = subprocess.Popen([sys.executable, "-c", SERVER, str(record.folder)], cwd=PROJECT)
    try:
        wait(lambda: workers(record))
    finally:
        server.kill()
        server.wait()
    wait(lambda: not workers(record))
