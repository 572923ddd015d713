"""A line chart as plain numbers: what a browser needs to draw one again every few seconds at little cost."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

# From sparse to dense: the steps of a logarithmic axis within each power of ten.
MANTISSAS = ((1,), (1, 3), (1, 2, 5), (1, 2, 3, 4, 5, 6, 7, 8, 9))
PREFIXES = {0: "", 3: "k", 6: "M"}
X_TICKS, Y_TICKS = 5, 4


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
    title: str,
    lines: Mapping[str, Line],
    end: float,
    levels: Mapping[str, float] | None = None,
    unit: str = "step",
    log: bool = True,
    whole: bool = False,
    dots: bool = False,
    crowd: bool = False,
) -> dict[str, Any]:
    """A chart of some lines over the steps or epochs of a training.

    Args:
        title: what is drawn.
        lines: by name; values that are no finite numbers are left out.
        end: where the horizontal axis ends, at least at 1; it begins at 0.
        levels: horizontal lines across the whole chart, by name.
        unit: of the horizontal axis.
        log: whether the vertical axis is logarithmic, if all is positive; else it begins at 0 or below.
        whole: whether vertical values are whole numbers.
        dots: whether each point is marked.
        crowd: whether the lines are many, thin and without a legend.

    Returns:
        what `pages/parts/board.js` draws: `title`, `unit`, `dots` and `crowd`; `x` and `y`, each an axis with `low`,
        `high`, `log` and `ticks`, pairs of a place and its label; `lines`, each with `name`, `colour`, `x` and `y`;
        and `levels`, pairs of a name and a value. Heights have five digits.
    """
    shown, values = list[dict[str, Any]](), list[float]()
    for name, line in lines.items():
        kept = np.isfinite(line.y)
        y = [float(f"{value:.5g}") for value in line.y[kept]]
        shown.append({"name": name, "colour": line.colour, "x": np.round(line.x[kept], 2).tolist(), "y": y})
        values += y
    named = list((levels or {}).items()) if values else []
    values += [value for _, value in named]
    log = log and min(values, default=0) > 0
    height = axis(min(values) if log else min([*values, 0]), max(values, default=1), log, Y_TICKS, whole)
    height["ticks"] = height["ticks"] if values else []
    across = axis(0, max(end, 1), False, X_TICKS, True)
    told = {"title": title, "unit": unit, "dots": dots, "crowd": crowd, "x": across, "y": height}
    return {**told, "lines": shown, "levels": named}


def axis(low: float, high: float, log: bool, ticks: int, whole: bool = False) -> dict[str, Any]:
    """An axis from `low` to `high`, widened if these are the same, with about `ticks` ticks at round numbers."""
    if high - low < 1e-9 * max(abs(low), abs(high)) or low == high:
        low, high = (low / 1.1, high * 1.1) if log else (low, high + 1)
    places = _powers(low, high, ticks) if log else []
    if len(places) < 2:
        places = _steps(low, high, ticks, whole)
    return {"low": low, "high": high, "log": log, "ticks": [(place, label(place)) for place in places]}


def label(value: float) -> str:
    """A number for an axis: "0.07", "1.5k", "1e-5"."""
    power = min(int(math.log10(max(abs(value), 1))) // 3 * 3, max(PREFIXES))
    return f"{value / 10**power:.6g}{PREFIXES[power]}".replace("e-0", "e-")


def _steps(low: float, high: float, ticks: int, whole: bool) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten."""
    rough = (high - low) / ticks
    power = 10.0 ** math.floor(math.log10(rough))
    step = power * min((1, 2, 5, 10), key=lambda m: abs(math.log(m * power / rough)))
    step = max(step, 1.0) if whole else step
    return [float(f"{n * step:.9g}") for n in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]


def _powers(low: float, high: float, ticks: int) -> list[float]:
    """Powers of ten, with what lies between them where these are few, or every so many where they are many."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    places = list[float]()
    for mantissas in MANTISSAS:
        places = [m * 10.0**power for power in powers for m in mantissas if low <= m * 10.0**power <= high]
        if len(places) >= min(ticks, 3):
            break
    return places[:: max(1, math.ceil(len(places) / (2 * ticks)))]
