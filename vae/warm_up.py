"""How the KL's weight grows while a training begins."""

from collections.abc import Callable
from typing import Any

import numpy as np


def share(kind: str, period: int, step: Any, minimum: Callable = np.minimum) -> Any:
    """The share of the KL's weight that counts at a step, from 0 to 1.

    Args:
        kind: "none"; "linear", once up (Bowman et al. 2016); "cyclical", up in the first half of each period, then
            level, and again (Fu et al. 2019).
        period: steps of the warm-up, or of one cycle.
        step: optimizer steps done before this one, a float or an array or tensor of them.
        minimum: the elementwise minimum of what `step` is.
    """
    if kind == "linear":
        return minimum(step / period, 1.0)
    if kind == "cyclical":
        return minimum(2 * (step % period) / period, 1.0)
    return 1.0
