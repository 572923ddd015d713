"""A loop without the app, in a process of its own: `python -m benchmarks.app_bare LOOP EPOCHS`.

When it is done, or was sent SIGTERM, it prints when it made its steps.
"""

import json
import signal
import sys
import time
from collections.abc import Sequence
from typing import Any

from vae import data, loops
from vae.config import RunConfig
from vae.training import prepare


class Clock:
    """A report that only notes how many steps are done when."""

    def __init__(self) -> None:
        self.stopping = False
        self.steps_done = 0
        self.times: list[tuple[float, int]] = []

    def stop(self, *_: Any) -> None:
        """Asks the loop to stop."""
        self.stopping = True

    def steps(self, values: Any, sizes: Sequence[int]) -> None:
        self.steps_done += len(sizes)
        self.times.append((time.monotonic(), self.steps_done))

    def epoch_end(self, epoch: int) -> None:
        pass


def main(loop: str, epochs: int) -> None:
    """Trains the tutorial's model and prints [seconds of the system's clock, steps done] of each report, as JSON."""
    clock = Clock()
    signal.signal(signal.SIGTERM, clock.stop)
    config = RunConfig(epochs=epochs)
    task = prepare(config, data.load(config.dataset).x_train, clock)
    loops.get(loop)(task)
    print(json.dumps(clock.times))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
