"""The tutorial's hand-written loop, to the letter: every operation runs eagerly."""

import tensorflow as tf

from vae.loops.task import Task


def train_step(model, optimizer, x):
    """One optimizer step on the batch `x`, float32 [batch, 784].

    Returns:
        float32 [1, 3]: the batch's loss, reconstruction term and KL term, before the update.
    """
    with tf.GradientTape() as tape:
        reconstructed = model(x, training=True)
        reconstruction = model.reconstruction_term(x, reconstructed)
        kl = sum(model.losses)
        loss = reconstruction + kl
    gradients = tape.gradient(loss, model.trainable_weights)
    optimizer.apply_gradients(zip(gradients, model.trainable_weights, strict=True))
    return tf.stack([[loss, reconstruction, kl]])


def run(task: Task, step=train_step) -> None:
    """Trains for the epochs that are left of `task.config`; `step` is `train_step`, or the same compiled."""
    for epoch, done in task.epochs():
        for x in task.batches(epoch, first=done):
            values = step(task.model, task.optimizer, tf.convert_to_tensor(x))
            task.report.steps(values, [len(x)])
            if task.report.stopping:
                return
        task.report.epoch_end(epoch)
