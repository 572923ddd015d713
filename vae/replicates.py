"""The same training with several seeds: how much is chance?"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

CONFIDENCE = 0.95


class Interval(NamedTuple):
    """A mean of n values with its confidence interval.

    Attributes:
        mean: of the values.
        low: the interval's lower end; nan for fewer than two values, as is `high`.
        high: its upper end.
        n: how many values.
    """

    mean: float
    low: float
    high: float
    n: int


class Band(NamedTuple):
    """Several curves as one: their mean, and the lowest and highest at every step, float64 [steps] each."""

    mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def interval(values: ArrayLike) -> Interval:
    """The mean of independent values with its 95 % interval by Student's t (Student 1908, Biometrika 6)."""
    numbers = np.asarray(values, np.float64)
    n, mean = len(numbers), float(np.mean(numbers))
    if n < 2:
        return Interval(mean, np.nan, np.nan, n)
    half = float(stdtrit(n - 1, (1 + CONFIDENCE) / 2)) * float(np.std(numbers, ddof=1)) / n**0.5
    return Interval(mean, mean - half, mean + half, n)


def paired_difference(a: ArrayLike, b: ArrayLike) -> Interval:
    """The mean of b - a over pairs of equal seed, with its 95 % interval: what the seeds share cancels out.

    Args:
        a: one figure a seed.
        b: the other's, in the same order of seeds.
    """
    return interval(np.asarray(b, np.float64) - np.asarray(a, np.float64))


def band(curves: list[NDArray]) -> Band:
    """Mean and range of curves, over the steps that all of them have."""
    steps = min(len(curve) for curve in curves)
    stacked = np.stack([curve[:steps] for curve in curves])
    return Band(stacked.mean(axis=0), stacked.min(axis=0), stacked.max(axis=0))
