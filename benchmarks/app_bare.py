"""A loop without the app, in a process of its own: `python -m benchmarks.app_bare LOOP EPOCHS` prints its seconds."""

import json
import sys
import time
from collections.abc import Sequence
from typing import Any

from vae import data, loops
from vae.config import RunConfig
from vae.training import prepare


class Clock:
    """A report that only notes when each epoch ends."""

    stopping = False

    def __init__(self) -> None:
        self.ends: list[float] = []

    def steps(self, values: Any, sizes: Sequence[int]) -> None:
        pass

    def epoch_end(self, epoch: int) -> None:
        self.ends.append(time.perf_counter())


def main(loop: str, epochs: int) -> None:
    """Trains the tutorial's model and prints when each epoch ended, in seconds since the start, as JSON."""
    clock = Clock()
    config = RunConfig(epochs=epochs)
    task = prepare(config, data.load(config.dataset).x_train, clock)
    start = time.perf_counter()
    loops.get(loop)(task)
    print(json.dumps([end - start for end in clock.ends]))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
