"""A server on this computer alone, with a record of its own, and runs that it trains."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import psutil

from tests.browser.conftest import Server
from tests.conftest import new_record
from vae.config import RunConfig
from vae.runs import Store

TRAIN_SECONDS = 300


class Pace(NamedTuple):
    """Optimizer steps a second, and the share of one core that the server took."""

    steps: float
    server: float


class Site:
    """A server and its record."""

    def __init__(self, folder: Path):
        """Starts the server; nothing trains yet."""
        self.server = Server(folder / "runs")
        self.record: Store = new_record(self.server.folder)

    def train(self, configs: Sequence[RunConfig], loop: str, name: str) -> list[str]:
        """Lets the server train; returns the ids of the runs once they have ended."""
        ids = [self.record.create(config, loop, name) for config in configs]
        self.wait(lambda: not any(self.record.get(run_id).active for run_id in ids))
        return ids

    def begin(self, config: RunConfig, loop: str, name: str) -> str:
        """Lets the server train a long run; returns its id once it has taken a step."""
        run_id = self.record.create(config, loop, name)
        self.wait(lambda: self.record.get(run_id).step > 0)
        return run_id

    def wait(self, is_so) -> None:
        """Waits until something is so."""
        deadline = time.monotonic() + TRAIN_SECONDS
        while not is_so():
            if time.monotonic() > deadline:
                raise TimeoutError(f"The runs were not trained within {TRAIN_SECONDS} seconds.")
            time.sleep(0.2)

    def pace(self, run_id: str, seconds: float) -> Pace:
        """The pace of a run over the next seconds."""
        server, step, start = psutil.Process(self.server.process.pid), self.record.get(run_id).step, time.monotonic()
        before = sum(server.cpu_times()[:2])
        time.sleep(seconds)
        took = time.monotonic() - start
        return Pace((self.record.get(run_id).step - step) / took, (sum(server.cpu_times()[:2]) - before) / took)

    def megabytes(self) -> float:
        """The server's resident memory."""
        return psutil.Process(self.server.process.pid).memory_info().rss / 2**20

    def close(self) -> None:
        """Ends the server and its workers."""
        self.server.close()
