"""Where to write names so that they do not lie on each other."""

import numpy as np
from numpy.typing import NDArray

STEP, FARTHEST = 6, 180
_AXIS = np.arange(-FARTHEST, FARTHEST + 1, STEP)
_MOVES = np.stack(np.meshgrid(_AXIS, _AXIS), axis=-1).reshape(-1, 2)
# The shortest first; those of equal length in a fixed order.
MOVES = _MOVES[np.argsort(np.square(_MOVES).sum(axis=1), kind="stable")]


def pushed_apart(centres: NDArray[np.float64], sizes: NDArray[np.float64]) -> NDArray[np.int64]:
    """How far to move boxes, one after the other, so that each lies beside those before it: int64 [n, 2], pixels.

    Each takes the nearest place that is free; where none is within 180 pixels, it stays.

    Args:
        centres: float64 [n, 2], pixels.
        sizes: float64 [n, 2], widths and heights.
    """
    moves = np.zeros(centres.shape, np.int64)
    for box in range(1, len(centres)):
        room = (sizes[:box] + sizes[box]) / 2
        apart = np.abs(centres[box] + MOVES[:, None] - (centres + moves)[:box])
        free = (apart >= room).any(axis=2).all(axis=1)
        moves[box] = MOVES[free.argmax()]
    return moves
