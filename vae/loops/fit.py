"""The same training by `compile()` and `fit()`."""

import itertools
from typing import Any

import keras
import tensorflow as tf

from vae.loops.task import Task


class EpochOrder(keras.utils.PyDataset):
    """Feeds `fit` the batches of each epoch in the order that all loops share."""

    def __init__(self, task: Task, epoch: int, first: int):
        """Args: task: the training; epoch: the one to begin with; first: the batch of each epoch to begin with."""
        super().__init__()
        self.task, self.first = task, first
        self.images, self.order = task.images(epoch), task.order(epoch)
        self.epochs = itertools.count(epoch)

    def __len__(self) -> int:
        """Batches in an epoch."""
        return self.task.config.steps_per_epoch - self.first

    def __getitem__(self, index: int):
        """Batch number `index` after `first`, as input and as target: float32 [batch, 784] twice."""
        size, number = self.task.config.batch_size, self.first + index
        x = self.images[self.order[number * size : (number + 1) * size]]
        return x, x

    def on_epoch_begin(self):
        """Takes up the images of the epoch that begins, and their order."""
        # Not in `on_epoch_end`, which Keras also calls once before the first epoch.
        epoch = next(self.epochs)
        self.images, self.order = self.task.images(epoch), self.task.order(epoch)


class BatchValues(keras.metrics.Metric):
    """Each batch's loss, reconstruction term and KL term, where Keras's own metrics give the epoch's mean."""

    def __init__(self, model, steps: int):
        """Args: model: whose added losses are the KL term; steps: batches between two looks at the values."""
        super().__init__(name="batch")
        self.model_losses, self.reconstruction_term = lambda: model.losses, model.reconstruction_term
        self.reconstruction: Any = None
        self.values = self.add_weight(shape=(steps, 3), initializer="zeros", name="values")
        self.row = self.add_weight(shape=(), dtype="int32", initializer="zeros", name="row")

    def loss(self, x, reconstructed):
        """The reconstruction term of a batch, kept for `update_state`: `x` float32 [batch, 784], and the answer."""
        self.reconstruction = self.reconstruction_term(x, reconstructed)
        return self.reconstruction

    def update_state(self, x, reconstructed, sample_weight=None):
        """Takes down the batch that `loss` has seen; Keras calls it after the update of the weights."""
        kl = sum(self.model_losses())
        row = tf.stack([[self.reconstruction + kl, self.reconstruction, kl]])
        self.values.assign(
            tf.tensor_scatter_nd_update(tf.convert_to_tensor(self.values), tf.reshape(self.row, (1, 1)), row)
        )
        self.row.assign((self.row + 1) % self.values.shape[0])

    def result(self):
        """The loss of a recent batch, float32 []."""
        return self.values[0, 0]

    def reset_state(self):
        """Begins with the first row again, because an epoch does; Keras calls it then."""
        self.row.assign(0)


class Reporter(keras.callbacks.Callback):
    """Tells the task's report what happened, and stops the training when asked."""

    def __init__(self, task: Task, batch_values: BatchValues, first: int):
        """Args: task: the training; batch_values: where the batches' values are; first: the step epochs begin with."""
        super().__init__()
        self.task, self.batch_values, self.first = task, batch_values, first
        self.done = 0

    def on_epoch_begin(self, epoch, logs=None):
        """Counts the epoch's steps from the first."""
        self.done = self.first

    def on_train_batch_end(self, batch, logs=None):
        """Reports the steps up to number `batch` after the first: one, or an execution's."""
        config = self.task.config
        end = min(self.first + batch + 1, config.steps_per_epoch)
        sizes = [min(config.batch_size, len(self.task.x) - step * config.batch_size) for step in range(self.done, end)]
        self.task.report.steps(self.batch_values.values.numpy()[: len(sizes)], sizes)
        self.task.model.stop_training = self.task.report.stopping
        self.done = end

    def on_epoch_end(self, epoch, logs=None):
        """Reports the epoch, unless it was broken off."""
        if not self.task.report.stopping:
            self.task.report.epoch_end(epoch)


def run(task: Task) -> None:
    """Trains for the epochs that are left of `task.config`."""
    steps = task.at_once(task.config.steps_per_execution)
    batch_values = BatchValues(task.model, steps)
    task.model.compile(
        task.optimizer,
        loss=batch_values.loss,
        metrics=[batch_values],
        steps_per_execution=steps,
        jit_compile=False,  # so that it computes what the tape does
    )
    epochs = list(task.epochs())
    # The rest of an epoch that was broken off is a `fit` of its own.
    for part in (epochs[:1], epochs[1:]) if epochs and epochs[0][1] else (epochs,):
        if part and not task.report.stopping:
            epoch, first = part[0]
            task.model.fit(
                EpochOrder(task, epoch, first),
                initial_epoch=epoch,
                epochs=epoch + len(part),
                shuffle=False,
                verbose=0,
                callbacks=[Reporter(task, batch_values, first)],
            )
