"""This machine's slot: it trains one run at a time, each in a process of its own, the oldest first."""

import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import filelock
import psutil

from vae.config import RunConfig
from vae.jobs.processes import born, kill, live_process
from vae.logs import tell
from vae.runs import Run, RunNotFoundError, Store, StoreError, checkpoints, queue
from vae.runs.run import TESTING

TICK_SECONDS = 0.5
# With the time to notice and to end it, a run stops within 10 seconds.
STOP_SECONDS = 9.0
RESTART_SECONDS = 5.0
LOG_BYTES = 1_000_000
MAX_SEEDS = 10
MAX_RESUMES = 3
GONE = "Its process ended without a word; what it had recorded is kept."
KILLED = "The system ended its process (signal 9), perhaps for lack of memory; what it had recorded is kept."
PROJECT = Path(__file__).parents[2]

# Set by who queues a run in this process, so that the dispatcher may sleep longer: ten looks a second take a tenth of a
# core. It sees what other processes queue at its next look.
_queued = threading.Event()


def submit(
    record: Store,
    config: RunConfig,
    loops: tuple[str, ...],
    name: str = "",
    seeds: int = 1,
    visitor: str | None = None,
    admit: Callable[[Sequence[queue.Place]], None] = lambda places: None,
) -> list[str]:
    """Queues `config` once for every loop and seed, as one race if there are several, and returns the runs' ids.

    Args:
        record: where the runs are kept.
        config: what is trained.
        loops: who trains it, in the order of the queue.
        name: of the runs.
        seeds: how many seeds, `config.seed` and those that follow it.
        visitor: who asks, see `vae.runs.queue.enqueue`.
        admit: whether these may join those that wait or train, see there.
    """
    trainings = [(loop, config.replicate(number)) for number in range(seeds) for loop in loops]
    ids = queue.enqueue(record, trainings, name, visitor, admit)
    _queued.set()
    for run_id, (loop, _) in zip(ids, trainings, strict=True):
        tell("run submitted", run=run_id, loop=loop)
    return ids


def reap(
    record: Store, asked: dict[str, float] | None = None, exits: Mapping[int, int | None] | None = None
) -> list[Run]:
    """Ends the runs whose worker is gone, or did not stop when asked and is killed: lost, or as they were asked to.

    Args:
        record: where the runs are.
        asked: since when each run is asked to stop, by a clock that nobody sets; kept from call to call.
        exits: the return codes of the caller's workers by process id, None for one that has not ended yet.

    Returns:
        the runs that go on training.
    """
    running, going_on = record.newest(("running",)), []
    asked, exits = {} if asked is None else asked, exits or {}
    for run_id in asked.keys() - {run.id for run in running if run.stop_asked}:
        del asked[run_id]
    for run in running:
        process = live_process(run.pid, run.pid_created)
        state = "paused" if run.pause_asked else "stopped" if run.stop_asked else "lost"
        if run.stop_asked and time.monotonic() - asked.setdefault(run.id, time.monotonic()) > STOP_SECONDS:
            if process:
                kill(process)
            # What is tested is kept already.
            slow = f"It did not stop by itself within {STOP_SECONDS:.0f} seconds and was ended."
            record.end(run.id, state, error=None if run.phase == TESTING else slow)
        # A child is a zombie while the last of its threads end, and only then has a return code.
        elif process is None and exits.get(run.pid or 0, 0) is not None:
            by_system = exits.get(run.pid or 0) == -signal.SIGKILL
            record.end(run.id, state, error=KILLED if by_system else GONE)
        else:
            going_on.append(run)
    return going_on


def resume_lost(record: Store) -> None:
    """Queues the lost runs again that have a checkpoint, each at most 3 times until somebody resumes it."""
    for run in record.newest(("lost",)):
        if run.resumes < MAX_RESUMES and checkpoints.newest_step(record.weights_folder(run.id)) is not None:
            record.resume(run.id, by_itself=True)


class Dispatcher:
    """Hands queued runs to workers. Of several servers on one record, the one that holds the lock does it."""

    def __init__(self, record: Store):
        """Args: record: whose runs are dispatched; nothing happens before `start`."""
        self.record = record
        self.lock = filelock.FileLock(record.folder / "dispatcher.lock")
        self.spare: subprocess.Popen | None = None
        self.children: list[subprocess.Popen] = []
        self.seen: set[str] = set()
        self.trouble = ""
        self.asked: dict[str, float] = {}
        self.took_up = False
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._work, name="dispatcher", daemon=True)

    def start(self) -> "Dispatcher":
        """Begins to work in the background."""
        self.thread.start()
        return self

    def close(self) -> None:
        """Stops dispatching. The spare leaves; a worker that trains goes on."""
        self.over.set()
        _queued.set()
        self.thread.join()

    def _work(self) -> None:
        try:
            while not self.over.is_set():
                try:
                    with self.lock.acquire(blocking=False):
                        if not self.trouble:
                            tell("dispatcher elected")
                        while not self.over.is_set():
                            self._tick()
                            _queued.wait(TICK_SECONDS)
                            # Before the looks at `over` and the queue, or what is set meanwhile would go unheard.
                            _queued.clear()
                except filelock.Timeout:
                    self.over.wait(TICK_SECONDS)
                except (StoreError, OSError) as error:
                    # It tries again each second, and would tell the same each second.
                    if str(error) != self.trouble:
                        self.trouble = str(error)
                        tell("dispatcher cannot work", logging.ERROR, reason=self.trouble)
                    self.over.wait(1)
        finally:
            self._dismiss()

    def _tick(self) -> None:
        exits = {child.pid: child.poll() for child in self.children}
        running = reap(self.record, self.asked, exits)
        self.children = [child for child in self.children if exits[child.pid] is None]
        self._tell_ends({run.id for run in running})
        if self.trouble:
            self.trouble = ""
            tell("dispatcher works again")
        if not self.took_up:
            resume_lost(self.record)
            self.took_up = True
        if any(run.phase != TESTING for run in running):
            return
        # The spare is made while nothing trains, so that it takes no time from a training.
        if self.spare and self.spare.poll() is not None:
            tell("spare died", logging.WARNING, status=self.spare.returncode, see="worker.log in the folder of runs")
            self.over.wait(RESTART_SECONDS)
            self.spare = None
        if self.spare is None:
            self.spare = self._start_worker()
        queued = [] if running else self.record.newest(("queued",))
        if queued:
            self._hand_over(self.spare, queued[-1])

    def _tell_ends(self, running: set[str]) -> None:
        """Tells of the runs that trained at the last look and do no more, whoever trained them."""
        for run_id in self.seen - running:
            with contextlib.suppress(RunNotFoundError):
                run = self.record.get(run_id)
                level = logging.WARNING if run.state in ("failed", "lost") else logging.INFO
                seconds = round((run.ended or 0.0) - (run.started or 0.0), 3)
                tell("run ended", level, run=run.id, state=run.state, seconds=seconds, step=run.step)
        self.seen = running

    def _hand_over(self, worker: subprocess.Popen, run: Run) -> None:
        try:
            created = born(psutil.Process(worker.pid))
        except psutil.NoSuchProcess:
            return
        if not self.record.claim(run.id, worker.pid, created):
            return
        self.spare = None
        self.children.append(worker)
        self.seen.add(run.id)
        tell("run started", run=run.id, loop=run.loop, pid=worker.pid)
        assert worker.stdin
        with contextlib.suppress(BrokenPipeError):  # it died just now: `reap` will find out
            worker.stdin.write(f"{run.id}\n".encode())
            worker.stdin.close()

    def _start_worker(self) -> subprocess.Popen:
        log = self.record.folder / "worker.log"
        fresh = not log.exists() or log.stat().st_size > LOG_BYTES
        with log.open("wb" if fresh else "ab") as stderr:
            return subprocess.Popen(
                [sys.executable, "-m", "vae.jobs.worker"],
                cwd=PROJECT,
                env={**os.environ, **self.record.address()},
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
                start_new_session=True,
            )

    def _dismiss(self) -> None:
        if self.spare and self.spare.stdin:
            self.spare.stdin.close()
            self.spare.terminate()
            self.spare.wait()
