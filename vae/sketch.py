"""A line chart as plain numbers: what a browser needs to draw one again every few seconds at little cost."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


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
        what `pages/parts/board.js` draws: `title`, `unit`, `end`, `dots` and `crowd`; `y`, the vertical axis, with
        `low`, `high`, `log` and `whole`, or None if there is nothing to draw; `lines`, each with `name`, `colour`, `x`
        and `y`; and `levels`, pairs of a name and a value. Heights have five digits.
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
    low = min(values if log else [*values, 0])
    y = {"low": low, "high": max(values), "log": log, "whole": whole} if values else None
    told = {"title": title, "unit": unit, "end": max(end, 1), "dots": dots, "crowd": crowd}
    return {**told, "y": y, "lines": shown, "levels": named}
