"""How the time of an epoch grows with the images."""

import math
from collections.abc import Callable
from statistics import median

from benchmarks.table import later

SIZES = (1_000, 10_000, 60_000)
LEAST_SECONDS = 2.0


def measure(names: list[str], measured: dict, train: Callable[[str, int, int], dict]) -> dict[str, dict[str, list]]:
    """Times the contenders `names` on each number of images.

    Args:
        names: of contenders that `measured` has figures of.
        measured: the figures of the race, which say how many epochs are long enough to time.
        train: trains a contender on so many images for so many epochs, and returns its figures.

    Returns:
        the median seconds of an epoch after the first, in each repeat, by contender and number of images.
    """
    seconds = {name: {str(size): [] for size in SIZES} for name in names if later(measured["figures"][name])}
    for _ in range(measured["repeats"]):
        for size in SIZES:
            for name in seconds:
                guess = median(later(measured["figures"][name])) * size / measured["images"]
                figures = train(name, size, 1 + max(2, math.ceil(LEAST_SECONDS / guess)))
                seconds[name][str(size)] += [round(median(later([figures])), 5)] if later([figures]) else []
    return seconds
