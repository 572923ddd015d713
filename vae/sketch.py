"""A line chart as plain numbers: what a browser needs to draw one again every few seconds at little cost."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

# From sparse to dense: the steps of a logarithmic axis within each power of ten.
MANTISSAS = ((1,), (1, 3), (1, 2, 5), (1, 2, 3, 4, 5, 6, 7, 8, 9))
PREFIXES = {0: "", 3: "k", 6: "M"}


class Line(NamedTuple):
    """One line of a chart.

    Attributes:
        x: float64 or int64 [n], ascending.
        y: float64 [n].
        colour: as CSS writes it; empty for the theme's first.
    """

    x: NDArray
    y: NDArray[np.float64]
    colour: str = ""


def sketch(
    title: str, lines: Mapping[str, Line], end: float, levels: Mapping[str, float] | None = None, ticks: int = 4
) -> dict[str, Any]:
    """A chart of some lines by optimizer step, whose vertical axis is logarithmic if all is positive.

    Args:
        title: what is drawn.
        lines: by name; values that are no finite numbers are left out.
        end: where the horizontal axis ends, at least 1; it begins at 0.
        levels: horizontal lines across the whole chart, by name.
        ticks: about how many the vertical axis has.

    Returns:
        what `pages/parts/board.js` draws: `title`; `x` and `y`, each an axis with `low`, `high`, `log` and its `ticks`,
        pairs of a place and its label; `lines`, each with `name`, `colour`, `x` and `y`; and `levels`, pairs of a name
        and a value. Values have five digits.
    """
    shown = []
    for name, line in lines.items():
        kept = np.isfinite(line.y)
        x, y = line.x[kept].tolist(), [float(f"{value:.5g}") for value in line.y[kept]]
        shown.append({"name": name, "colour": line.colour, "x": x, "y": y})
    values = [value for line in shown for value in line["y"]]
    levels = dict(levels or {}) if values else {}
    values += levels.values()
    low, high = (min(values), max(values)) if values else (0.0, 0.0)
    y = axis(low, high, bool(values) and low > 0, ticks) if values else {"low": 0, "high": 1, "log": False, "ticks": []}
    return {"title": title, "x": axis(0, max(end, 1), False, 5), "y": y, "lines": shown, "levels": list(levels.items())}


def axis(low: float, high: float, log: bool, ticks: int) -> dict[str, Any]:
    """An axis from `low` to `high`, widened where these are the same, with about `ticks` ticks at round numbers."""
    if high - low < 1e-9 * max(abs(low), abs(high)) or low == high:
        low, high = (low / 1.1, high * 1.1) if log else (low - 0.5, high + 0.5)
    places = _powers(low, high, ticks) if log else []
    if len(places) < 2:
        places = _steps(low, high, ticks)
    return {"low": low, "high": high, "log": log, "ticks": [(place, label(place)) for place in places]}


def label(value: float) -> str:
    """A number for an axis: "0.07", "1.5k", "1e-5"."""
    power = min(int(math.log10(max(abs(value), 1))) // 3 * 3, max(PREFIXES))
    return f"{value / 10**power:.6g}{PREFIXES[power]}".replace("e-0", "e-")


def _steps(low: float, high: float, ticks: int) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten."""
    rough = (high - low) / ticks
    power = 10.0 ** math.floor(math.log10(rough))
    step = power * min((1, 2, 5, 10), key=lambda m: abs(math.log(m * power / rough)))
    return [round(n * step, 12) for n in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]


def _powers(low: float, high: float, ticks: int) -> list[float]:
    """Powers of ten, with what lies between them where these are few, or every so many where they are many."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    places = list[float]()
    for mantissas in MANTISSAS:
        places = [m * 10.0**power for power in powers for m in mantissas if low <= m * 10.0**power <= high]
        if len(places) >= min(ticks, 3):
            break
    return places[:: max(1, math.ceil(len(places) / (2 * ticks)))]
