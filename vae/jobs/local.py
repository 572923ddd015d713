"""This machine's slot: it trains one run at a time, each in a process of its own, the oldest first."""

import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import filelock
import psutil

from vae.config import RunConfig
from vae.runs import Run, Store, StoreError
from vae.runs.run import TESTING, new_id

logger = logging.getLogger(__name__)

TICK_SECONDS = 0.1
STOP_SECONDS = 10.0
RESTART_SECONDS = 5.0
LOG_BYTES = 1_000_000
MAX_SEEDS = 10
PROJECT = Path(__file__).parents[2]


def submit(record: Store, config: RunConfig, loops: tuple[str, ...], name: str = "", seeds: int = 1) -> list[str]:
    """Queues `config` once for every loop and seed, as one race if there are several, and returns the runs' ids.

    Args:
        record: where the runs are kept.
        config: what is trained.
        loops: who trains it, in the order of the queue.
        name: of the runs.
        seeds: how many seeds, `config.seed` and those that follow it.
    """
    race = new_id() if len(loops) * seeds > 1 else None
    return [record.create(config.replicate(number), loop, name, race) for number in range(seeds) for loop in loops]


def reap(record: Store) -> None:
    """Ends the runs whose worker is gone (lost), or did not stop when asked (killed, stopped)."""
    now = time.time()
    for run in record.newest(("running",)):
        process = live_process(run.pid, run.pid_created)
        if run.stop_asked and now - run.stop_asked > STOP_SECONDS:
            if process:
                _kill(process)
            record.end(run.id, "stopped", error="It did not stop by itself within 10 seconds and was ended.")
        elif process is None:
            record.end(run.id, "lost", error="Its process ended without a word; what it had recorded is kept.")


def live_process(pid: int | None, created: float | None) -> psutil.Process | None:
    """The process with this id, if it lives and is the one that was made at that time."""
    if pid is None or created is None:
        return None
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        if abs(process.create_time() - created) < 2 and process.status() != psutil.STATUS_ZOMBIE:
            return process
    return None


def _kill(process: psutil.Process) -> None:
    with contextlib.suppress(psutil.Error):
        process.send_signal(signal.SIGKILL)
        process.wait(5)


class Dispatcher:
    """Hands queued runs to workers. Of several servers on one record, the one that holds the lock does it."""

    def __init__(self, record: Store):
        """Args: record: whose runs are dispatched; nothing happens before `start`."""
        self.record = record
        self.lock = filelock.FileLock(record.folder / "dispatcher.lock")
        self.spare: subprocess.Popen | None = None
        self.children: list[subprocess.Popen] = []
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._work, name="dispatcher", daemon=True)

    def start(self) -> "Dispatcher":
        """Begins to work in the background."""
        self.thread.start()
        return self

    def close(self) -> None:
        """Stops dispatching. The spare leaves; a worker that trains goes on."""
        self.over.set()
        self.thread.join()

    def _work(self) -> None:
        try:
            while not self.over.wait(TICK_SECONDS):
                try:
                    with self.lock.acquire(blocking=False):
                        while not self.over.wait(TICK_SECONDS):
                            self._tick()
                except filelock.Timeout:
                    continue
                except (StoreError, OSError):
                    logger.exception("The dispatcher could not work and tries again.")
                    self.over.wait(1)
        finally:
            self._dismiss()

    def _tick(self) -> None:
        self.children = [child for child in self.children if child.poll() is None]
        reap(self.record)
        running = self.record.newest(("running",))
        if any(run.phase != TESTING for run in running):
            return
        # The spare is made while nothing trains, so that it takes no time from a training.
        if self.spare and self.spare.poll() is not None:
            logger.warning("A worker left before it had work; worker.log in the folder of runs may say why.")
            self.over.wait(RESTART_SECONDS)
            self.spare = None
        if self.spare is None:
            self.spare = self._start_worker()
        queued = [] if running else self.record.newest(("queued",))
        if queued:
            self._hand_over(self.spare, queued[-1])

    def _hand_over(self, worker: subprocess.Popen, run: Run) -> None:
        try:
            created = psutil.Process(worker.pid).create_time()
        except psutil.NoSuchProcess:
            return
        if not self.record.claim(run.id, worker.pid, created):
            return
        self.spare = None
        self.children.append(worker)
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
