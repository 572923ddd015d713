"""A record of its own with servers in processes of their own, for faults to be injected into."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import filelock
import numpy as np
import psutil

from vae.config import RunConfig
from vae.jobs import local
from vae.runs import Run, Store, checkpoints

PROJECT = Path(__file__).parents[2]
PATIENCE_SECONDS = 600
# Trains longer than any fault takes, in epochs of some tenths of a second.
ENDLESS = RunConfig(images=6400, epochs=500, kl_reduction="sum")
SERVER = """
import sys, time
from pathlib import Path
import psutil
from vae.runs import Store
shift = float(sys.argv[2])
if shift:  # all that a process sees of a clock that was set: the time, and when Linux then says that it started
    now, boot = time.time, psutil._psplatform.boot_time
    time.time = lambda: now() + shift
    psutil._psplatform.boot_time = lambda: boot() + shift
from vae.jobs.local import Dispatcher
folder = Path(sys.argv[1])
Dispatcher(Store(folder, f"sqlite:///{folder / 'vae-lab.sqlite3'}")).start()
time.sleep(1e6)
"""


def wait(condition: Callable[[], object]) -> float:
    """Waits until the condition holds, and returns the seconds.

    Raises:
        TimeoutError: it does not within ten minutes.
    """
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > PATIENCE_SECONDS:
            raise TimeoutError("What should have happened did not happen within ten minutes.")
        time.sleep(0.02)
    return time.monotonic() - began


class Lab:
    """The record and its servers."""

    def __init__(self, folder: Path):
        """Args: folder: an empty one."""
        self.folder, self.file = folder, folder / "vae-lab.sqlite3"
        self.record = Store(folder, f"sqlite:///{self.file}")
        self.servers: list[subprocess.Popen] = []

    def serve(self, *before: str, shift: float = 0.0) -> subprocess.Popen:
        """Starts a server.

        Args:
            before: a command that starts it with fewer rights.
            shift: seconds by which its clock differs.
        """
        command = [*before, sys.executable, "-c", SERVER, str(self.folder), str(shift)]
        self.servers.append(subprocess.Popen(command, cwd=PROJECT))
        return self.servers[-1]

    def submit(self, config: RunConfig = ENDLESS, loop: str = "tape") -> str:
        """Queues a run and returns its id."""
        return local.submit(self.record, config, (loop,))[0]

    def run(self, run_id: str) -> Run:
        """The run as it is now."""
        return self.record.get(run_id)

    def dispatches(self) -> float:
        """Waits until a server hands out runs and has looked after all that there are; returns the seconds."""
        lock = filelock.FileLock(self.folder / "dispatcher.lock")

        def held() -> bool:
            try:
                with lock.acquire(blocking=False):
                    return False
            except filelock.Timeout:
                return True

        seconds = wait(held)
        time.sleep(2 * local.TICK_SECONDS)
        return seconds

    def beyond(self, run_id: str, step: int) -> float:
        """Waits until the run trains and has recorded more steps; returns the seconds."""

        def there() -> bool:
            run = self.run(run_id)
            return run.state == "running" and run.step > step

        return wait(there)

    def beyond_checkpoint(self, run_id: str) -> None:
        """Waits until the run has a checkpoint and some steps after it."""
        wait(lambda: 0 < self.checkpoint(run_id) < self.run(run_id).step)

    def becomes(self, run_id: str, *states: str) -> float:
        """Waits until the run is in one of the states; returns the seconds."""
        return wait(lambda: self.run(run_id).state in states)

    def pause(self, run_id: str) -> None:
        """Pauses the run."""
        self.record.ask_stop(run_id, pause=True)
        self.becomes(run_id, "paused")

    def checkpoint(self, run_id: str) -> int:
        """The steps of the newest checkpoint; 0 if there is none."""
        return checkpoints.newest_step(self.record.weights_folder(run_id)) or 0

    def checkpoints(self, run_id: str) -> list[int]:
        """The steps of all checkpoints."""
        return [int(file.name.split("-")[1]) for file in checkpoints.files(self.record.weights_folder(run_id))]

    def wrong_steps(self, run_id: str) -> int:
        """Steps that are missing between the first and the last recorded, or there twice."""
        steps = self.record.metrics(run_id).step
        return int(abs(np.diff(steps, prepend=-1) - 1).sum())

    def workers(self) -> list[psutil.Process]:
        """The workers on this record."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                ours = process.environ().get("VAE_LAB_ARTIFACTS") == str(self.folder)
                if ours and "vae.jobs.worker" in process.cmdline() and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
        return found

    def close(self) -> None:
        """Ends all of its processes."""
        for server in self.servers:
            server.kill()
            server.wait()
        for worker in self.workers():
            worker.kill()


def kill(pid: int | None) -> None:
    """Ends a process by SIGKILL."""
    assert pid
    os.kill(pid, signal.SIGKILL)


@contextmanager
def lab(megabytes: int = 0) -> Iterator[Lab]:
    """A `Lab` in a temporary folder; afterwards nothing of it is left.

    Args:
        megabytes: the size of a disk of its own that it is on, which takes root; 0 for none.
    """
    folder = Path(tempfile.mkdtemp(prefix="vae-lab-"))
    if megabytes:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)], check=True)
    here = Lab(folder)
    try:
        yield here
    finally:
        here.close()
        here.record.engine.dispose()
        if megabytes:
            subprocess.run(["umount", "-l", str(folder)], check=True)
        shutil.rmtree(folder, ignore_errors=True)
