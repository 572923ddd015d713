"""The same training by `compile()` and `fit()`."""

import itertools

import keras
import tensorflow as tf

from vae.loops.task import Task
from vae.objective import mean_squared_error


class EpochOrder(keras.utils.PyDataset):
    """Feeds `fit` the batches of each epoch in the order that all loops share."""

    def __init__(self, task: Task):
        """Args: task: the training."""
        super().__init__()
        self.task = task
        self.order = task.order(0)
        self.epochs = itertools.count()

    def __len__(self) -> int:
        """Batches in an epoch."""
        return self.task.config.steps_per_epoch

    def __getitem__(self, index: int):
        """Batch number `index`, as input and as target: float32 [batch, 784] twice."""
        size = self.task.config.batch_size
        x = self.task.x[self.order[index * size : (index + 1) * size]]
        return x, x

    def on_epoch_begin(self):
        """Takes up the order of the epoch that begins."""
        # Not in `on_epoch_end`, which Keras also calls once before the first epoch.
        self.order = self.task.order(next(self.epochs))


class BatchValues(keras.metrics.Metric):
    """The last batch's loss, reconstruction term and KL term, where Keras's own metrics give the epoch's mean."""

    def __init__(self, model):
        """Args: model: whose added losses are the KL term."""
        super().__init__(name="batch")
        self.model_losses = lambda: model.losses
        self.values = self.add_weight(shape=(1, 3), initializer="zeros", name="values")

    def update_state(self, x, reconstructed, sample_weight=None):
        """Takes down one batch: `x` and `reconstructed` float32 [batch, 784]."""
        reconstruction = mean_squared_error(x, reconstructed)
        kl = sum(self.model_losses())
        self.values.assign(tf.stack([[reconstruction + kl, reconstruction, kl]]))

    def result(self):
        """The loss of the last batch, float32 []."""
        return self.values[0, 0]

    def reset_state(self):
        """Keeps the values: they belong to a batch, not to an epoch."""


class Reporter(keras.callbacks.Callback):
    """Tells the task's report what happened, and stops the training when asked."""

    def __init__(self, task: Task, batch_values: BatchValues):
        """Args: task: the training; batch_values: where the batch's values are."""
        super().__init__()
        self.task = task
        self.batch_values = batch_values

    def on_train_batch_end(self, batch, logs=None):
        """Reports the step."""
        size = min(self.task.config.batch_size, len(self.task.x) - batch * self.task.config.batch_size)
        self.task.report.steps(self.batch_values.values.numpy(), [size])
        self.task.model.stop_training = self.task.report.stopping

    def on_epoch_end(self, epoch, logs=None):
        """Reports the epoch, unless it was broken off."""
        if not self.task.report.stopping:
            self.task.report.epoch_end(epoch)


def run(task: Task) -> None:
    """Trains for the epochs of `task.config`."""
    batch_values = BatchValues(task.model)
    # No XLA, so that it computes what the tape does.
    task.model.compile(task.optimizer, loss=mean_squared_error, metrics=[batch_values], jit_compile=False)
    task.model.fit(
        EpochOrder(task),
        epochs=task.config.epochs,
        shuffle=False,
        verbose=0,
        callbacks=[Reporter(task, batch_values)],
    )
