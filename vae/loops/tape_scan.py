"""The tutorial's step, an epoch at a time: the loop over the batches is itself part of the compiled graph.

It can be compiled by XLA or run as a plain graph. `docs/speed.md` tells what else was tried to make it fast.
"""

import time
from concurrent.futures import ThreadPoolExecutor, wait

import numpy as np
import tensorflow as tf

from vae.loops import tape_eager
from vae.loops.compiler import uses_xla
from vae.loops.task import Task

FIRST_STEPS = 16
REPORT_SECONDS = 0.2
STOP_SECONDS = 0.1


def run(task: Task) -> None:
    """Trains for the epochs that are left of `task.config`."""

    def one_step(x):
        return tape_eager.train_step(task.model, task.optimizer, x)[0]

    batch = tf.TensorSpec([None, task.x.shape[1]], tf.float32)
    # Traced once, and as a plain graph also made fast once: it is called where batches are whole, and for the last one.
    step_function = tf.function(one_step, autograph=False, experimental_attributes={"_noinline": True})
    step_graph = step_function.get_concrete_function(batch)

    def scan(images, bounds, *orders):
        """Trains on the batches of each of `orders`, int32 [steps, batch], from and to its `bounds`, int32 [orders, 2].

        Returns the values of the steps, float32 [steps, 3], of each of `orders`.
        """

        def scan_order(order, first, end):
            def body(step, values):
                x = tf.gather(images, order[step])
                return step + 1, values.write(step, step_graph(x))

            values = tf.TensorArray(tf.float32, size=tf.shape(order)[0], element_shape=[3])
            return tf.while_loop(lambda step, _: step < end, body, (first, values))[1].stack()

        return [scan_order(order, bounds[row, 0], bounds[row, 1]) for row, order in enumerate(orders)]

    images, orders = tf.constant(task.images(0)), task.batch_order(0)
    specs = [tf.TensorSpec([None, None], tf.int32)] * (1 + len(orders))
    epoch_steps = tf.function(scan, autograph=False, jit_compile=uses_xla(task.config))
    graph = epoch_steps.get_concrete_function(images, *specs)
    _compile(task, graph, images, np.zeros([len(orders), 2], np.int32), *orders)
    steps = task.at_once(FIRST_STEPS)
    for epoch, done in task.epochs():
        if epoch and task.config.inputs == "dynamic":
            images = tf.constant(task.images(epoch))
        # The whole batches, and perhaps a smaller last one, which goes with those before it.
        orders = task.batch_order(epoch)
        whole = len(orders[0])
        while done < task.config.steps_per_epoch and not task.report.stopping:
            end = done + steps if done + steps < whole else task.config.steps_per_epoch
            bounds = np.clip([[done, end], [done - whole, end - whole]], 0, [[whole], [1]])[: len(orders)]
            start = time.perf_counter()
            values = graph(images, bounds.astype(np.int32), *orders)
            values = np.concatenate([part.numpy()[slice(*bound)] for part, bound in zip(values, bounds, strict=True)])
            # As many steps at once as leave time for some five reports a second, and for a quick stop.
            if end - done == steps:
                steps = max(1, min(4 * steps, int(steps * REPORT_SECONDS / (time.perf_counter() - start))))
            task.report.steps(values, task.batch_sizes(done, end))
            done = end
        if task.report.stopping:
            return
        task.report.epoch_end(epoch)


def _compile(task: Task, graph, *arguments) -> None:
    """Compiles `graph` by asking it for no steps; returns early if told to stop."""
    background = ThreadPoolExecutor(1)
    compiling = background.submit(graph, *arguments)
    background.shutdown(wait=False)
    while not wait([compiling], STOP_SECONDS).done:
        if task.report.stopping:
            return
    compiling.result()
