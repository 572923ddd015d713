"""The tutorial's step, an epoch at a time: the loop over the batches is itself part of the compiled graph.

It can be compiled by XLA or run as a plain graph. `docs/speed.md` tells what else was tried to make it fast.
"""

import time
from concurrent.futures import ThreadPoolExecutor, wait

import tensorflow as tf

from vae.loops import tape_eager
from vae.loops.compiler import uses_xla
from vae.loops.task import Task

FIRST_STEPS = 16
REPORT_SECONDS = 0.2
STOP_SECONDS = 0.1
COUNT = tf.TensorSpec([], tf.int32)


def run(task: Task) -> None:
    """Trains for the epochs that are left of `task.config`."""
    images = tf.constant(task.images(0))

    def scan(images, order, first, end):
        """Steps `first` to `end` of the batches `order`, int32 [steps, batch]; returns values, float32 [steps, 3]."""

        def one_step(step, values):
            x = tf.gather(images, order[step])
            return step + 1, values.write(step, tape_eager.train_step(task.model, task.optimizer, x)[0])

        values = tf.TensorArray(tf.float32, size=tf.shape(order)[0], element_shape=[3])
        return tf.while_loop(lambda step, _: step < end, one_step, (first, values))[1].stack()

    order_spec = tf.TensorSpec([None, None], tf.int32)
    epoch_steps = tf.function(scan, autograph=False, jit_compile=uses_xla(task.config))
    graph = epoch_steps.get_concrete_function(images, order_spec, COUNT, COUNT)
    compiled = set()
    steps = task.at_once(FIRST_STEPS)
    for epoch, done in task.epochs():
        if epoch and task.config.inputs == "dynamic":
            images = tf.constant(task.images(epoch))
        # All whole batches, and the smaller last one: each shape is compiled once.
        for order in task.batch_order(epoch):
            first, done = min(done, len(order)), max(done - len(order), 0)
            if first < len(order) and order.shape not in compiled:
                compiled.add(order.shape)
                _compile(task, graph, images, order)
            while first < len(order):
                if task.report.stopping:
                    return
                end = min(first + steps, len(order))
                start = time.perf_counter()
                values = graph(images, order, first, end).numpy()[first:end]
                # As many steps at once as leave time for some five reports a second, and for a quick stop.
                if end - first == steps:
                    steps = max(1, min(4 * steps, int(steps * REPORT_SECONDS / (time.perf_counter() - start))))
                task.report.steps(values, [order.shape[1]] * (end - first))
                first = end
        if task.report.stopping:
            return
        task.report.epoch_end(epoch)


def _compile(task: Task, graph, images, order) -> None:
    """Compiles `graph` for the shape of `order` by asking it for no steps; returns early if told to stop."""
    background = ThreadPoolExecutor(1)
    compiling = background.submit(graph, images, order, 0, 0)
    background.shutdown(wait=False)
    while not wait([compiling], STOP_SECONDS).done:
        if task.report.stopping:
            return
    compiling.result()
