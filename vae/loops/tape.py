"""The tutorial's hand-written loop with its step compiled: one call of a TensorFlow graph a batch."""

import tensorflow as tf

from vae.loops import tape_eager
from vae.loops.task import Task


def run(task: Task) -> None:
    """Trains for the epochs that are left of `task.config`."""

    def one_step(x):
        return tape_eager.train_step(task.model, task.optimizer, x)

    # The batch's size is left open, so that the smaller last batch needs no second graph.
    batch = tf.TensorSpec([None, task.x.shape[1]], tf.float32)
    # The one graph itself: looking in each step for a graph that fits takes a tenth of the time.
    graph = tf.function(one_step, autograph=False).get_concrete_function(batch)
    tape_eager.run(task, step=lambda model, optimizer, x: graph(x))
