"""The stop watch that every contender reports to."""

import time
from collections.abc import Sequence
from typing import Any

import numpy as np


class Watch:
    """A report (see `vae.loops.task.Report`) that times the epochs and keeps the mean loss of the last one."""

    stopping = False

    def __init__(self) -> None:
        self.epoch_seconds: list[float] = []
        self.loss = float("nan")
        self.values: list[Any] = []
        self.sizes: list[int] = []

    def begin(self) -> None:
        """The first epoch starts now: the data are read and the model is made, but nothing is compiled."""
        self.start = time.perf_counter()

    def steps(self, values: Any, sizes: Sequence[int]) -> None:
        """Takes down steps: `values` has a row for each, with the batch's loss in its first column."""
        self.values.append(values)
        self.sizes += sizes

    def epoch_end(self, epoch: int) -> None:
        """Ends the epoch when its losses have arrived, as numbers and not as promises."""
        losses = np.concatenate([np.asarray(value) for value in self.values])[:, 0]
        now = time.perf_counter()
        self.epoch_seconds.append(now - self.start)
        self.loss = float(np.average(losses.astype(np.float64), weights=self.sizes))
        self.values, self.sizes = [], []
        self.start = time.perf_counter()
