"""Arrays as text for the page; `arrays.js` unpacks them."""

import base64
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

TYPES = ("uint8", "int16", "uint32", "float32")
LARGEST = 32_767


class Arrays:
    """The arrays of one page. Each is kept once, however often it is added: runs of a race are often equal."""

    def __init__(self):
        """Holds nothing yet."""
        self.packed: list[dict[str, Any]] = []
        self._places: dict[tuple, int] = {}

    def add(self, values: ArrayLike, dtype: str) -> int:
        """Adds numbers as they are, as one of `TYPES`, and returns their place in `packed`."""
        return self._add(np.asarray(values).astype(np.dtype(dtype).newbyteorder("<")), dtype, {})

    def quantize(self, values: NDArray[np.float32]) -> int:
        """Adds numbers as 16-bit integers and a factor, and returns their place.

        The error is at most half a 32,767th of the largest number: for weights an eighth of what half-precision floats
        have where it matters, at the largest of them, and quicker to read in JavaScript.
        """
        scale = float(np.abs(values).max(initial=0)) / LARGEST or 1.0
        return self._add(np.rint(values / scale).astype("<i2"), "int16", {"scale": scale})

    def _add(self, values: NDArray, dtype: str, more: dict[str, float]) -> int:
        packed = {"type": dtype, **more, "data": base64.b64encode(values.tobytes()).decode()}
        key = tuple(packed.values())
        if key not in self._places:
            self._places[key] = len(self.packed)
            self.packed.append(packed)
        return self._places[key]
