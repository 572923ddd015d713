"""The tutorial's hand-written loop with its step compiled: one call of a TensorFlow graph a batch."""

import tensorflow as tf

from vae.loops import tape_eager
from vae.loops.task import Task


def run(task: Task) -> None:
    """Trains for the epochs that are left of `task.config`."""

    # The batch's size is left open, so that the smaller last batch needs no second graph.
    @tf.function(input_signature=[tf.TensorSpec([None, task.x.shape[1]], tf.float32)], autograph=False)
    def graph(x):
        return tape_eager.train_step(task.model, task.optimizer, x)

    tape_eager.run(task, step=lambda model, optimizer, x: graph(x))
