"""Who takes part: every loop of `vae.loops`, in each way it can run, and two other libraries."""

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.watch import Watch
from vae.config import RunConfig
from vae.loops import LOOPS, get

Train = Callable[[RunConfig, NDArray[np.float32], Watch], None]


class Contender(NamedTuple):
    """An entry in the table.

    Attributes:
        title: its name for people, in Markdown.
        train: trains by a config on images float32 [n, 784], and reports to a watch.
        library: the module it cannot do without.
        most_images: it is trained on no more than these, and its seconds are scaled.
    """

    title: str
    train: Train
    library: str = "tensorflow"
    most_images: int = 60_000


def train_by_loop(config: RunConfig, x: NDArray[np.float32], watch: Watch, loop: str, settings: dict) -> None:
    """Trains by one of the project's own loops, with some settings of the config changed."""
    from vae.training import prepare

    task = prepare(config.model_copy(update=settings), x, watch)
    run = get(loop)
    watch.begin()
    run(task)


def train_elsewhere(config: RunConfig, x: NDArray[np.float32], watch: Watch, module: str, **settings) -> None:
    """Trains by a module of this package, imported only now because it brings its library with it."""
    import_module(f"benchmarks.{module}").train(config, x, watch, **settings)


# The ways a loop can run: the contender's name, its title and the settings. Other loops run in one way.
VARIANTS: dict[str, dict[str, tuple[str, dict]]] = {
    "tape_scan": {
        "tape_scan_xla": ("`tape_scan`, XLA", {"compiler": "xla"}),
        "tape_scan_graph": ("`tape_scan`, graph", {"compiler": "graph"}),
    },
    "fit": {
        "fit": ("`fit`", {}),
        "fit_67": ("`fit`, 67 steps per execution", {"steps_per_execution": 67}),
    },
}
MOST_IMAGES = {"tape_eager": 6400}


def _loops() -> dict[str, Contender]:
    return {
        name: Contender(
            title,
            partial(train_by_loop, loop=loop, settings=settings),
            most_images=MOST_IMAGES.get(loop, Contender._field_defaults["most_images"]),
        )
        for loop in LOOPS
        for name, (title, settings) in VARIANTS.get(loop, {loop: (f"`{loop}`", {})}).items()
    }


OWN: dict[str, Contender] = _loops()
CONTENDERS: dict[str, Contender] = {
    **OWN,
    "jax": Contender("JAX, scanned", partial(train_elsewhere, module="in_jax"), "jax"),
    "torch": Contender("PyTorch, eager", partial(train_elsewhere, module="in_torch"), "torch"),
    "torch_compile": Contender(
        "PyTorch, `torch.compile`", partial(train_elsewhere, module="in_torch", compiled=True), "torch"
    ),
}
