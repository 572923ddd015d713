"""Why do two printed losses differ? Pairs of trainings, or of views of one, with exactly one thing changed."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from vae.config import RunConfig
from vae.curves import VIEWS, epoch_ends
from vae.runs import Metrics, Run

# Short, and with a smaller last batch: 100 batches of 64 and one of 44.
IMAGES = 6444
EPOCHS = 2

Training = tuple[str, RunConfig]


class Cause(NamedTuple):
    """One thing that may make two printed losses differ.

    Attributes:
        title: its name for people.
        explanation: what is changed, in a sentence.
        loops: who trains the two; they may be the same.
        change: the settings changed in the second.
        views: keys of `vae.curves.VIEWS`, in which the two are printed.
        base: settings that both have, for the pair to make sense.
    """

    title: str
    explanation: str
    loops: tuple[str, str] = ("tape", "tape")
    change: Mapping[str, Any] = {}
    views: tuple[str, str] = ("epoch", "epoch")
    base: Mapping[str, Any] = {}


CAUSES: dict[str, Cause] = {
    "metric": Cause(
        "Metric never reset",
        "One training, printed as fit() does and as the tutorial's tape does: a mean of the epoch against a mean "
        "since the first step.",
        views=("epoch", "running"),
    ),
    "weights": Cause(
        "First weights", "The second starts from other random weights.", change={"weights_shift": 1}
    ),
    "order": Cause("Order of the images", "The second shuffles the images otherwise.", change={"order_shift": 1}),
    "noise": Cause("Noise", "The second draws other noise for z.", change={"noise_shift": 1}),
    "last-batch": Cause(
        "Last batch's weight",
        "One training, printed with the last, smaller batch weighed by its size, as Keras does, and as much as the "
        "others.",
        views=("epoch", "unweighted"),
    ),
    "xla": Cause(
        "XLA",
        "The scanned tape as a plain graph and compiled by XLA, which sums in another order.",
        loops=("tape_scan", "tape_scan"),
        base={"compiler": "graph"},
        change={"compiler": "xla"},
    ),
    "eager": Cause(
        "Compiled or eager",
        "The same step as one compiled graph and operation by operation.",
        loops=("tape", "tape_eager"),
    ),
    "loop": Cause("Tape or fit()", "The hand-written loop and Keras's own.", loops=("tape", "fit")),
}  # fmt: skip


def pair(cause: Cause, config: RunConfig) -> tuple[Training, Training]:
    """The two trainings of a cause, as (loop, settings) each; they are equal if only the view differs.

    Args:
        cause: one of `CAUSES`.
        config: what is trained, cut short to two epochs of at most 6,444 images.
    """
    usual = {name: RunConfig.model_fields[name].default for name in RunConfig.model_fields if name.endswith("_shift")}
    short = {"images": min(config.images, IMAGES), "epochs": min(config.epochs, EPOCHS), "steps_per_execution": 1}
    first = config.model_copy(update={"compiler": "graph", **usual, **short, **cause.base})
    return (cause.loops[0], first), (cause.loops[1], first.model_copy(update=dict(cause.change)))


def find(runs: Iterable[Run], training: Training) -> Run | None:
    """The first of `runs` that has done, or is about to do, this training."""
    usable = (run for run in runs if (run.loop, run.config) == training and (run.active or run.state == "finished"))
    return next(usable, None)


class Effect(NamedTuple):
    """What a cause did.

    Attributes:
        printed: the losses printed at each epoch's end, of the first and of the second.
        distance: the largest absolute difference between them; 0.0 if they are equal to the last bit.
    """

    printed: tuple[list[float], list[float]]
    distance: float


def effect(cause: Cause, first: Metrics, second: Metrics) -> Effect:
    """How far the printed loss moves because of a cause, from the metrics of its two trainings."""
    printed = [
        VIEWS[view].transform(metrics, metrics.loss)[epoch_ends(metrics)].tolist()
        for view, metrics in zip(cause.views, (first, second), strict=True)
    ]
    return Effect((printed[0], printed[1]), max(abs(a - b) for a, b in zip(*printed, strict=True)))
