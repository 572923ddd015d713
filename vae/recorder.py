"""What a loop reports, written into the record."""

import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from vae.divergence import explain
from vae.loops import LOOPS
from vae.loops.task import Task
from vae.runs import Metrics, Run, Store, checkpoints, copies, weights
from vae.runs.resuming import make_durable
from vae.validation import validate

FIRST_FLUSH_SECONDS = 0.05
# Not above the .2 s after which the scan reports, so that no report waits for the next one.
FLUSH_SECONDS = 0.19
CHECKPOINT_SECONDS = 15.0
# Of the training's time, what looking at test images after its epochs may take, but for the first look, which compiles.
VALIDATION_SHARE = 0.005


def _step_back() -> None:
    """Lets the training have the processor before this thread, where a thread has a priority of its own: on Linux."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)


class TrainingError(RuntimeError):
    """A training that cannot go on; the message is one sentence."""


class Recorder:
    """Writes what a loop reports into the record in the background, some steps at a time, so that it hardly waits."""

    def __init__(
        self,
        store: Store,
        run: Run,
        x_test: NDArray[np.float32],
        stopping: threading.Event,
        progress: Callable,
        heard: threading.Event,
    ):
        """Writes nothing yet.

        Args:
            store: the record.
            run: the training.
            x_test: float32 [n, 784], what it is tested on after epochs.
            stopping: set when the training should stop.
            progress: told (steps done, loss) whenever the record has grown.
            heard: set when steps were written, which shows the record that this process lives.
        """
        self.store, self.run, self.x_test, self.progress = store, run, x_test, progress
        self.event, self.heard = stopping, heard
        self.values: list[Any] = []
        self.sizes: list[int] = []
        self.times: list[float] = []
        self.step = 0
        self.saved = self.checked = self.validated = -1
        self.look_seconds: list[float] = []
        self.background = ThreadPoolExecutor(1, initializer=_step_back)
        self.writing: deque[Future[None]] = deque()
        self.broken = False

    @property
    def stopping(self) -> bool:
        """Whether the loop should stop after the step under way."""
        return self.event.is_set()

    def begin(self, task: Task, seconds: float) -> None:
        """Keeps the first weights and starts the clock.

        Args:
            task: the training, with the steps that the record has already.
            seconds: the wall time that these took.
        """
        self.task, self.step = task, task.done
        if self.step:
            kept = weights.steps(self.store.weights_folder(self.run.id))
            self.saved = max(kept, default=-1)
            self.validated = max((found.step for found in self.store.validations(self.run.id)), default=-1)
            self.checked = self.step
        self._keep([] if self.step else self._weights(self._state()))
        self.store.note(self.run.id, phase="Compiling" if LOOPS[self.run.loop].compiled else "Training")
        self.flushed = self.checkpointed = time.perf_counter()
        self.start = self.flushed - seconds

    def steps(self, values: Any, sizes: Sequence[int]) -> None:
        """Takes loss, reconstruction and KL of steps, [n, 3], with their batch sizes; see `vae.loops.task`.

        Raises:
            TrainingError: a loss is not a number any more.
        """
        now = time.perf_counter()
        self.values.append(values)
        self.sizes += sizes
        self.times += [now] * len(sizes)
        if now - self.flushed > (FLUSH_SECONDS if now - self.start > 1 else FIRST_FLUSH_SECONDS):
            self._flush()
        if now - self.checkpointed > CHECKPOINT_SECONDS:
            self._keep(self._checkpoint(self._moment()))

    def epoch_end(self, epoch: int) -> None:
        """Keeps the weights and a checkpoint, and tests the model if it may take the time."""
        state = self._moment()
        self._keep(self._weights(state) + self._checkpoint(state))
        counted = self.look_seconds[1:]
        if sum(counted + counted[-1:]) <= VALIDATION_SHARE * (time.perf_counter() - self.start):
            self._validate()

    def finish(self) -> None:
        """Writes what is not written yet, also of a training that was stopped within an epoch."""
        state = self._moment()
        jobs = self._weights(state) if self.saved != self.step else []
        jobs += self._checkpoint(state) if self.checked != self.step else []
        if jobs:
            self._keep(jobs)
        self._wait()

    def close(self) -> None:
        """Ends when all is written."""
        self.background.shutdown()

    def test(self) -> None:
        """Tests the model as it is now, if that was not done yet, and ends when that is written."""
        if self.validated != self.step:
            self._validate()
        self._wait()

    def _moment(self) -> dict[str, NDArray]:
        """The training as it is now, by name, with its steps handed over to be written.

        First waits for what is being written, so no more than two moments are in memory when the disk is slow.
        """
        self._wait()
        # Before the steps are written, or both would wait for each other: only one thread of Python computes at a time.
        state = self._state()
        self._flush()
        return state

    def _flush(self) -> None:
        self.flushed = time.perf_counter()
        if not self.values:
            return
        values = np.concatenate([np.asarray(value) for value in self.values]).astype(np.float64)
        steps = np.arange(self.step, self.step + len(values))
        finite = np.isfinite(values).all(axis=1)
        kept = len(values) if finite.all() else int(finite.argmin())
        epochs = steps // self.run.config.steps_per_epoch
        loss, reconstruction, kl = values.T
        seconds = np.array(self.times) - self.start
        chunk = Metrics(steps, epochs, np.array(self.sizes), loss, reconstruction, kl, seconds)
        if kept:
            if self.step == self.task.done:
                self._write(partial(self.store.note, self.run.id, phase="Training"))
            self._write(partial(self._append, Metrics._make(column[:kept] for column in chunk)))
            self.step += kept
            self.progress(self.step, float(values[kept - 1, 0]))
        self.values, self.sizes, self.times = [], [], []
        if kept < len(values):
            raise TrainingError(explain(self.run.config, self.step, reconstruction[kept], kl[kept]))

    def _append(self, chunk: Metrics) -> None:
        if self.store.append(self.run.id, chunk):
            self.event.set()
        self.heard.set()

    def _keep(self, jobs: Sequence[Callable[[], object]]) -> None:
        """Does `jobs`, which write files, and copies the record."""
        for job in (*jobs, partial(copies.write, self.store, self.run.id)):
            self._write(job)

    def _write(self, job: Callable[[], object]) -> None:
        """Does `job` in the background, after those before; raises what one of these has raised."""
        while self.writing and self.writing[0].done():
            self.writing.popleft().result()
        self.writing.append(self.background.submit(self._work, job))

    def _work(self, job: Callable[[], object]) -> None:
        if self.broken:
            return  # one before could not be done: the record has no gaps
        self.broken = True
        job()
        self.broken = False

    def _wait(self) -> None:
        """Waits until all is written; raises what a job has raised."""
        while self.writing:
            self.writing.popleft().result()

    def _state(self) -> dict[str, NDArray]:
        """The training as it is now, by name; not copied, because no later step changes what was read of a variable."""
        values = {name: variable.value for name, variable in self.task.state.items()}
        # Four times as fast as `numpy()`, which matters where variables are many and small, and epochs short.
        read = tf.raw_ops.ReadVariableOp
        return {name: np.asarray(read(resource=value.handle, dtype=value.dtype)) for name, value in values.items()}

    def _weights(self, state: dict[str, NDArray]) -> list[Callable[[], object]]:
        """What keeps the weights."""
        self.saved = self.step
        arrays = {variable.path: state[variable.path] for variable in self.task.model.weights}
        return [partial(weights.save, weights.path(self.store.weights_folder(self.run.id), self.step), arrays)]

    def _checkpoint(self, state: dict[str, NDArray]) -> list[Callable[[], object]]:
        """What keeps the training; nothing if the update after the last loss has broken the weights."""
        self.checkpointed = time.perf_counter()
        if not all(np.isfinite(array).all() for array in state.values()):
            return []
        self.checked = self.step
        save = partial(checkpoints.save, self.store.weights_folder(self.run.id), self.step, state)
        # A checkpoint is of use only with the metrics of all its steps.
        return [partial(make_durable, self.store), save]

    def _validate(self) -> None:
        began = time.perf_counter()
        self._write(partial(self.store.validated, self.run.id, validate(self.task.model, self.x_test, self.step)))
        self.validated = self.step
        self.look_seconds.append(time.perf_counter() - began)
