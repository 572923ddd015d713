"""Plotly figures of loss curves."""

import html
from collections.abc import Sequence
from typing import NamedTuple

import plotly.graph_objects as go
from numpy.typing import NDArray

from vae import curves

# Okabe and Ito's colours, which colour-blind people can tell apart, without the black and the yellow that vanish on
# one of the two backgrounds.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")


class Curve(NamedTuple):
    """One line of a figure: its name, and its points as float [n] each."""

    name: str
    x: NDArray
    y: NDArray


def compare(lines: Sequence[Curve], y_title: str, printed: Curve | None = None, log: bool = False) -> go.Figure:
    """Curves over the optimizer steps.

    Args:
        lines: one a run; at most `curves.MAX_POINTS` points of each are drawn.
        y_title: the axis's title.
        printed: values to mark as points, such as those that the tutorial prints.
        log: whether the vertical axis is logarithmic.
    """
    figure = go.Figure()
    for number, line in enumerate(lines):
        kept = curves.thin(len(line.x))
        # Equal curves lie on top of each other: dashes let the lower one show.
        style = {"color": COLOURS[number % len(COLOURS)], "dash": DASHES[number % len(DASHES)], "width": 2.5}
        figure.add_scatter(x=line.x[kept], y=line.y[kept], name=html.escape(line.name), mode="lines", line=style)
    if printed:
        marker = {"symbol": "circle-open", "size": 8, "color": "#808080", "line": {"width": 1.5}}
        figure.add_scatter(x=printed.x, y=printed.y, name=printed.name, mode="markers", marker=marker)
    figure.update_layout(
        hovermode="x unified",
        height=460,
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
    )
    figure.update_xaxes(title="step", hoverformat=",d")
    figure.update_yaxes(title=y_title, type="log" if log else "linear", hoverformat=".5f")
    return figure
