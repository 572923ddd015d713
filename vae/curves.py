"""Views of a run's loss curve: every one is an exact transformation of the same raw record of steps."""

from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from vae.runs import Metrics

MAX_POINTS = 2000
SMOOTHING_STEPS = 50
RATE_WINDOWS = 60
# The columns of `Metrics` that are drawn, and their names for people.
TERMS = {"loss": "Loss", "reconstruction": "Reconstruction error", "kl": "KL term"}

# What the Keras guide prints: the tape's running mean every 100 steps of three epochs, and fit's loss an epoch.
TUTORIAL_TAPE = (
    (0.3583, 0.1265, 0.0995, 0.0894, 0.0844, 0.0811, 0.0789, 0.0772, 0.0761, 0.0750),
    (0.0747, 0.0741, 0.0736, 0.0731, 0.0727, 0.0723, 0.0720, 0.0717, 0.0715, 0.0712),
    (0.0712, 0.0710, 0.0709, 0.0707, 0.0706, 0.0704, 0.0703, 0.0702, 0.0701, 0.0700),
)
TUTORIAL_FIT = (0.0746, 0.0676, 0.0675)
TUTORIAL_STEPS_PER_EPOCH = 938


class View(NamedTuple):
    """A way to look at a curve.

    Attributes:
        title: its name for people.
        caption: a few words beside the name.
        transform: from metrics and raw values float64 [n] to the curve float64 [n].
    """

    title: str
    caption: str
    transform: Callable[[Metrics, NDArray], NDArray]


def running_mean(metrics: Metrics, values: NDArray) -> NDArray:
    """The mean of all steps so far, never reset: float64 [n]. The tutorial's tape prints this."""
    return np.cumsum(values) / np.arange(1, len(values) + 1)


def epoch_mean(metrics: Metrics, values: NDArray) -> NDArray:
    """The mean of the epoch so far, weighted by the images in each batch: float64 [n]. `fit()` prints this."""
    starts = np.flatnonzero(np.diff(metrics.epoch, prepend=-1))
    images = np.cumsum(metrics.batch_size)
    weighted = np.cumsum(values * metrics.batch_size)
    epoch = np.cumsum(np.diff(metrics.epoch, prepend=-1) != 0) - 1
    before = np.concatenate([[0.0], weighted])[starts][epoch], np.concatenate([[0], images])[starts][epoch]
    return (weighted - before[0]) / (images - before[1])


def unweighted_mean(metrics: Metrics, values: NDArray) -> NDArray:
    """The mean of the epoch so far, every batch counting the same, also a smaller last one: float64 [n]."""
    return epoch_mean(metrics._replace(batch_size=np.ones_like(metrics.batch_size)), values)


def raw(metrics: Metrics, values: NDArray) -> NDArray:
    """Every step's own value: float64 [n]."""
    return values


def smoothed(metrics: Metrics, values: NDArray) -> NDArray:
    """An exponential moving average over some 50 steps, corrected for its start: float64 [n]."""
    return pd.Series(values).ewm(span=SMOOTHING_STEPS).mean().to_numpy()


VIEWS: dict[str, View] = {
    "running": View("Running mean", "never reset, as the tutorial prints", running_mean),
    "epoch": View("Mean of the epoch", "so far, as Keras prints", epoch_mean),
    "unweighted": View(
        "Unweighted mean", "of the epoch so far, a smaller last batch counting in full", unweighted_mean
    ),
    "raw": View("Every step", "each batch's own value", raw),
    "smooth": View("Smoothed", f"a moving average over some {SMOOTHING_STEPS} steps", smoothed),
}


def thin(n: int, points: int = MAX_POINTS) -> NDArray[np.int64]:
    """The positions of at most `points` of `n` evenly spaced values, first and last among them: int64."""
    return np.unique(np.linspace(0, n - 1, min(n, points)).round().astype(np.int64)) if n else np.zeros(0, np.int64)


def peaks(values: NDArray, points: int = MAX_POINTS) -> NDArray[np.float64]:
    """Values with each replaced by the largest of its stretch, so that `thin` loses no peak: float64 [n]."""
    starts = thin(len(values), points)
    stretch = np.searchsorted(starts, np.arange(len(values)), side="right") - 1
    return np.maximum.reduceat(values, starts)[stretch] if len(values) else values


def epoch_ends(metrics: Metrics) -> NDArray[np.int64]:
    """The positions of the last recorded step of each epoch: int64 [epochs]."""
    return np.flatnonzero(np.diff(metrics.epoch, append=-1))


def epoch_losses(metrics: Metrics) -> list[dict[str, float]]:
    """Loss, reconstruction and KL term of each epoch: means weighted by the images in each batch."""
    starts = np.flatnonzero(np.diff(metrics.epoch, prepend=-1))
    if not len(starts):
        return []
    images = np.add.reduceat(metrics.batch_size, starts)
    terms = {name: getattr(metrics, name) for name in ("loss", "reconstruction", "kl")}
    means = {name: np.add.reduceat(values * metrics.batch_size, starts) / images for name, values in terms.items()}
    return [{name: float(values[epoch]) for name, values in means.items()} for epoch in range(len(starts))]


def tutorial_log(metrics: Metrics) -> list[tuple[int, int, float]]:
    """What the tutorial's tape prints: (epoch, step of the epoch, running mean of the loss), every 100 steps."""
    mean = running_mean(metrics, metrics.loss)
    bounds = [0, *(epoch_ends(metrics) + 1).tolist()]
    return [
        (int(metrics.epoch[start]), at - start, float(mean[at]))
        for start, end in pairwise(bounds)
        for at in range(start, end, 100)
    ]


def steps_per_second(metrics: Metrics) -> float:
    """Optimizer steps a second after the first epoch, or the first tenth of a run of one epoch; nan if unknown."""
    later = np.flatnonzero(metrics.epoch > metrics.epoch[0]) if len(metrics.step) else metrics.step
    warm = int(later[0]) if len(later) else len(metrics.step) // 10
    # From the end of one report to the end of the last; a quick run may have only one in its later epochs.
    reports = report_ends(metrics)
    start = min(int(np.searchsorted(reports, warm)), len(reports) - 2)
    if start < 0:
        return float("nan")
    first, last = reports[start], reports[-1]
    return float((last - first) / (metrics.seconds[last] - metrics.seconds[first]))


def report_ends(metrics: Metrics) -> NDArray[np.int64]:
    """The positions at which a report came in: the steps of one report share one time."""
    return np.flatnonzero(np.diff(metrics.seconds, append=np.inf) > 0)


def epoch_seconds(metrics: Metrics) -> NDArray[np.float64]:
    """Wall time of each epoch: float64 [epochs]; the first begins with the training, so that it holds compilation."""
    return np.diff(metrics.seconds[epoch_ends(metrics)], prepend=0.0)


def throughput(metrics: Metrics, windows: int = RATE_WINDOWS) -> tuple[NDArray, NDArray]:
    """Optimizer steps a second in up to `windows` windows: where they end, int64 [n], and the rates, float64 [n]."""
    reports = report_ends(metrics)
    ends = reports[thin(len(reports), windows)]
    steps = np.diff(metrics.step[ends], prepend=-1)
    return metrics.step[ends], steps / np.maximum(np.diff(metrics.seconds[ends], prepend=0.0), 1e-9)


class LossDifference(NamedTuple):
    """How far two runs are apart, over the steps that both have.

    Attributes:
        steps: how many steps both have.
        largest: the largest absolute difference of a step's loss; 0.0 if they are equal to the last bit.
        first_step: the first step that differs at all, or None.
    """

    steps: int
    largest: float
    first_step: int | None


def loss_difference(a: Metrics, b: Metrics) -> LossDifference:
    """Compares the raw losses of two runs step by step."""
    steps = min(len(a.loss), len(b.loss))
    difference = np.abs(a.loss[:steps] - b.loss[:steps])
    differing = np.flatnonzero(difference)
    first = int(differing[0]) if len(differing) else None
    return LossDifference(steps, float(difference.max(initial=0.0)), first)


def tutorial_points(view: str, steps_per_epoch: int) -> tuple[NDArray, NDArray] | None:
    """What the Keras guide prints that belongs to a view: steps int64 [n] and losses float64 [n]; None if nothing does.

    Args:
        view: a key of `VIEWS`.
        steps_per_epoch: the guide's values belong to its own 938 steps an epoch; others get None.
    """
    if steps_per_epoch != TUTORIAL_STEPS_PER_EPOCH:
        return None
    epochs = np.arange(len(TUTORIAL_FIT))
    if view == "running":
        steps = epochs[:, None] * TUTORIAL_STEPS_PER_EPOCH + np.arange(0, 1000, 100)
        return steps.ravel(), np.ravel(TUTORIAL_TAPE)
    if view == "epoch":
        return (epochs + 1) * TUTORIAL_STEPS_PER_EPOCH - 1, np.array(TUTORIAL_FIT)
    return None
