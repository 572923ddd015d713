"""What a loop is given: the model, the optimizer, the data in their order, and somebody to report to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from vae.config import RunConfig
from vae.data import binarize, epoch_order

# Some quarter of a second on two cores.
PATIENCE_FLOPS = 1e10


class Report(Protocol):
    """Hears what a loop does. It only listens, except that it may ask the loop to stop."""

    stopping: bool

    def steps(self, values: Any, sizes: Sequence[int]) -> None:
        """Some optimizer steps are done.

        Args:
            values: float32 [n, 3], loss, reconstruction term and KL term of each step's batch.
            sizes: the images in each of the n batches.
        """

    def epoch_end(self, epoch: int) -> None:
        """Epoch number `epoch`, counted from 0, is done."""


@dataclass
class Task:
    """One training, ready to run.

    Attributes:
        config: its settings.
        model: a built `VariationalAutoEncoder`.
        optimizer: a Keras optimizer.
        x: float32 [n, 784], the training images, pixels in 0..1; grey if they are binarized anew in every epoch.
        report: hears of every step.
        done: optimizer steps that were made before, by a process that was broken off.
    """

    config: RunConfig
    model: Any
    optimizer: Any
    x: NDArray[np.float32]
    report: Report
    done: int = 0

    @property
    def state(self) -> dict[str, Any]:
        """All that changes from step to step, by name: the variables of the model and of the optimizer."""
        # Keras numbers the optimizers of a process, and puts that into their variables' names.
        own = {variable.path.partition("/")[2]: variable for variable in self.optimizer.variables}
        weights = {variable.path: variable for variable in self.model.weights}
        return weights | {f"optimizer/{name}": variable for name, variable in own.items()}

    def epochs(self) -> Iterator[tuple[int, int]]:
        """The epochs that are left, and the steps that are done of each: of the first one perhaps some."""
        epoch, done = divmod(self.done, self.config.steps_per_epoch)
        for number in range(epoch, self.config.epochs):
            yield number, done if number == epoch else 0

    def at_once(self, steps: int) -> int:
        """`steps`, or as many as can be made before somebody who waits for a report or a stop grows impatient."""
        return max(1, min(steps, int(PATIENCE_FLOPS / self.config.step_flops)))

    def images(self, epoch: int) -> NDArray[np.float32]:
        """The images as epoch `epoch` sees them: float32 [n, 784]."""
        if self.config.inputs != "dynamic":
            return self.x
        return binarize(self.x, self.config.seed + self.config.noise_shift, epoch)

    def order(self, epoch: int) -> NDArray[np.int32]:
        """The order of the images in epoch `epoch`: int32 [n]."""
        return epoch_order(self.config.seed + self.config.order_shift, epoch, len(self.x))

    def batch_order(self, epoch: int) -> list[NDArray[np.int32]]:
        """The same order cut into batches: int32 [steps, batch], and [1, rest] for a smaller last one."""
        order, size = self.order(epoch), self.config.batch_size
        whole = len(order) - len(order) % size
        parts = order[:whole].reshape(-1, size), order[whole:].reshape(1, -1)
        return [part for part in parts if part.size]

    def batch_sizes(self, first: int, end: int) -> list[int]:
        """How many images are in each of an epoch's batches from number `first` to the one before `end`."""
        size = self.config.batch_size
        return [min(size, len(self.x) - number * size) for number in range(first, end)]

    def batches(self, epoch: int, first: int = 0) -> Iterator[NDArray[np.float32]]:
        """The batches of epoch `epoch` in their order: float32 [batch, 784]; the last one may be smaller.

        Args:
            epoch: counted from 0.
            first: the batch to begin with.
        """
        images = self.images(epoch)
        batches = (indices for part in self.batch_order(epoch) for indices in part)
        for indices in islice(batches, first, None):
            yield images[indices]
