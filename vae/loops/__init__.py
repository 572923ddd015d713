"""One training, written in several ways: one file a loop. `LOOPS` lists them.

Every loop module has a function `run(task: Task) -> None`. A loop is imported when it is asked for, because it brings
TensorFlow with it.
"""

from collections.abc import Callable
from importlib import import_module
from typing import NamedTuple


class Loop(NamedTuple):
    """A loop's entry in the table.

    Attributes:
        title: its name for people.
        description: what it is, in a sentence.
        seconds_per_epoch: a rough time for the tutorial's 938 steps on two cores, for a first estimate.
        sources: the functions to read it by, as "module:name", in their order.
        compiled: whether its first step waits for a compilation.
    """

    title: str
    description: str
    seconds_per_epoch: float
    sources: tuple[str, ...]
    compiled: bool = True


LOOPS: dict[str, Loop] = {
    "tape": Loop(
        "GradientTape, compiled",
        "The tutorial's hand-written loop with its step compiled by tf.function.",
        2.0,
        ("vae.loops.tape_eager:run", "vae.loops.tape_eager:train_step", "vae.loops.tape:run"),
    ),
    "fit": Loop(
        "compile() + fit()",
        "The same training by the built-in Keras loop.",
        3.5,
        (
            "keras.src.backend.tensorflow.trainer:TensorFlowTrainer.train_step",
            "vae.loops.fit:Reporter.on_train_batch_end",
            "vae.loops.fit:run",
        ),
    ),
    "tape_scan": Loop(
        "GradientTape, scanned",
        "The hand-written loop with a whole epoch of steps inside one compiled graph. The fastest.",
        0.9,
        ("vae.loops.tape_eager:train_step", "vae.loops.tape_scan:run"),
    ),
    "tape_eager": Loop(
        "GradientTape, eager",
        "The tutorial's hand-written loop to the letter: every operation runs from Python, one by one. Slow.",
        40.0,
        ("vae.loops.tape_eager:run", "vae.loops.tape_eager:train_step"),
        compiled=False,
    ),
}


def get(name: str) -> Callable[..., None]:
    """The function `run(task)` of the loop `name`, importing its module."""
    return import_module(f"vae.loops.{name}").run
