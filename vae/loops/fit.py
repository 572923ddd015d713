"""The same training by `compile()` and `fit()`."""

from collections.abc import Iterator
from functools import cache
from itertools import groupby
from typing import Any

import keras
import tensorflow as tf

from vae.loops.task import Task


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
        end = min(self.first + batch + 1, self.task.config.steps_per_epoch)
        sizes = self.task.batch_sizes(self.done, end)
        self.task.report.steps(self.batch_values.values.numpy()[: len(sizes)], sizes)
        self.task.model.stop_training = self.task.report.stopping
        self.done = end

    def on_epoch_end(self, epoch, logs=None):
        """Reports the epoch, unless it was broken off."""
        if not self.task.report.stopping:
            self.task.report.epoch_end(epoch)


def run(task: Task) -> None:
    """Trains for the epochs that are left of `task.config`."""
    per_epoch = task.config.steps_per_epoch
    steps = min(task.at_once(task.config.steps_per_execution), per_epoch)
    batch_values = BatchValues(task.model, steps)
    task.model.compile(
        task.optimizer,
        loss=batch_values.loss,
        metrics=[batch_values],
        steps_per_execution=steps,
        jit_compile=False,  # so that it computes what the tape does
    )
    batches: Iterator[Any] = iter(())

    # Made once for parts that are as long, because that takes 10 ms.
    @cache
    def dataset(count: int) -> tf.data.Dataset:
        """The next `count` of `batches`, each as input and as target, some of them read ahead."""

        def pair(_):
            x = tf.ensure_shape(tf.numpy_function(lambda: next(batches), [], tf.float32), [None, task.x.shape[1]])
            return x, x

        # Tuned automatically, one may take .1 s to be given up.
        options = tf.data.Options()
        options.autotune.enabled = False
        return tf.data.Dataset.range(count).map(pair).prefetch(4).with_options(options)

    # One `fit` for all whole epochs, so that they are read ahead through their ends. But no execution may go on into
    # the next epoch, and what is left of a broken one has fewer batches.
    apart = per_epoch % steps > 0
    for (first, _), part in groupby(task.epochs(), lambda at: (at[1], apart and at[0])):
        if task.report.stopping:
            return
        epochs = [epoch for epoch, _ in part]
        batches = (x for epoch in epochs for x in task.batches(epoch, first))
        task.model.fit(
            dataset(len(epochs) * (per_epoch - first)),
            initial_epoch=epochs[0],
            epochs=epochs[-1] + 1,
            steps_per_epoch=per_epoch - first,
            shuffle=False,
            verbose=0,
            callbacks=[Reporter(task, batch_values, first)],
        )
