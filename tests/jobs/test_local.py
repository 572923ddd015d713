"""The slot, the queue and the workers: real processes on a real record."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import psutil
import pytest

from tests.conftest import PROJECT, SMALL, from_another_version
from vae.jobs import local
from vae.jobs.local import Dispatcher
from vae.runs import Store, weights

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


def test_a_running_run_stops_when_asked_and_keeps_its_steps(record, dispatcher):
    (run_id,) = local.submit(record, LONG, ("tape",))
    wait(lambda: trains(record, run_id))
    record.ask_stop(run_id)
    wait(lambda: not record.get(run_id).active, 10)
    run = record.get(run_id)
    assert run.state == "stopped" and len(record.metrics(run_id).step) == run.step > 0
    assert weights.steps(record.weights_folder(run_id))[-1] == run.step


def test_a_killed_worker_leaves_a_lost_run_and_the_next_one_trains(record, dispatcher):
    lost, following = local.submit(record, LONG, ("tape",)) + local.submit(record, SMALL, ("tape",))
    wait(lambda: trains(record, lost))
    os.kill(record.get(lost).pid, signal.SIGKILL)
    wait(lambda: record.get(lost).state == "lost", 15)
    assert len(record.metrics(lost).step) > 0
    assert "ended without a word" in record.get(lost).error
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
    os.kill(pid, signal.SIGSTOP)
    record.ask_stop(run_id)
    wait(lambda: record.get(run_id).state == "stopped", 15)
    assert "did not stop by itself" in record.get(run_id).error
    wait(lambda: pid not in [process.pid for process in workers(record)])


def test_a_run_of_a_process_that_is_gone_is_lost_although_its_number_lives(record):
    run_id = record.create(SMALL, "tape")
    record.claim(run_id, os.getpid(), psutil.Process().create_time() - 1000)
    local.reap(record)
    assert record.get(run_id).state == "lost"


def test_a_run_of_a_living_process_is_left_alone(record):
    run_id = record.create(SMALL, "tape")
    record.claim(run_id, os.getpid(), psutil.Process().create_time())
    local.reap(record)
    assert record.get(run_id).state == "running"


def test_a_run_that_this_version_cannot_read_holds_up_no_other(record, dispatcher):
    from_another_version(record, record.create(SMALL, "tape"))
    running = record.create(SMALL, "tape")
    record.claim(running, os.getpid(), psutil.Process().create_time())
    from_another_version(record, running)
    (run_id,) = local.submit(record, SMALL, ("tape",))
    wait(lambda: record.get(run_id).state == "running")
    assert dispatcher.thread.is_alive()


def test_a_dispatcher_leaves_the_terminals_run_alone_and_waits_for_its_end(record, dispatcher):
    (queued,) = local.submit(record, SMALL, ("tape",))
    wait(lambda: record.get(queued).state == "running")
    record.end(queued, "stopped")
    own = record.create(SMALL, "tape", owner=(os.getpid(), psutil.Process().create_time()))
    (following,) = local.submit(record, SMALL, ("tape",))
    time.sleep(5 * local.TICK_SECONDS)
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


def test_the_spare_leaves_when_its_server_dies(record):
    server = subprocess.Popen([sys.executable, "-c", SERVER, str(record.folder)], cwd=PROJECT)
    try:
        wait(lambda: workers(record))
    finally:
        server.kill()
        server.wait()
    wait(lambda: not workers(record))
