"""Plotly figures of loss curves and of their differences."""

import html
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import plotly.graph_objects as go
from numpy.typing import NDArray

from vae import curves

# Okabe and Ito's colours, which colour-blind people can tell apart, without the black and the yellow that vanish on
# one of the two backgrounds.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")


PANEL_GAP = 0.06


class Curve(NamedTuple):
    """One line of a figure.

    Attributes:
        name: for the legend.
        x: its points, float or int [n], as is `y`.
        y: its points.
        low: the lower edge of a band around it, float [n], or None.
        high: the upper edge.
    """

    name: str
    x: NDArray
    y: NDArray
    low: NDArray | None = None
    high: NDArray | None = None


class Panel(NamedTuple):
    """One of the figures that lie under each other and share their horizontal axis.

    Attributes:
        title: of the vertical axis.
        curves: one a run, in the same order in every panel; None where a run has none.
        height: in pixels.
        log: whether the vertical axis is logarithmic.
        format: of the figures on hovering, in d3's language.
        dots: whether the points are drawn apart, because a line between them would mean nothing.
        printed: values to mark as points, such as those that the tutorial prints.
    """

    title: str
    curves: Sequence[Curve | None]
    height: int
    log: bool = False
    format: str = ".5f"
    dots: bool = False
    printed: Curve | None = None


def panels(shown: Sequence[Panel], marks: Sequence[int] = ()) -> go.Figure:
    """Panels over the same optimizer steps, zoomed and hovered together.

    Args:
        shown: from the top down; at most `curves.MAX_POINTS` points of each curve are drawn.
        marks: steps to draw a faint vertical line at, such as the epochs' ends.
    """
    height, gaps = sum(panel.height for panel in shown), PANEL_GAP * (len(shown) - 1)
    traces, axes, top = [], {}, 1.0
    for row, panel in enumerate(shown, 1):
        bottom = max(top - panel.height / height * (1 - gaps), 0)
        axes[f"yaxis{row}"] = _axis(panel) | {"domain": [bottom, top]}
        top = bottom - PANEL_GAP
        drawn = [trace for number, curve in enumerate(panel.curves) if curve for trace in _traces(number, curve, panel)]
        if panel.printed:
            marker = {"symbol": "circle-open", "size": 8, "color": "#808080", "line": {"width": 1.5}}
            x, y, name = panel.printed.x, panel.printed.y, panel.printed.name
            drawn.append({"x": x, "y": y, "name": name, "mode": "markers", "marker": marker})
        told = {"hovertemplate": f"%{{y}} {panel.title}", "showlegend": row == 1, "yaxis": f"y{row}"}
        traces += [{**told, **trace} for trace in drawn]
    line = {"color": "#808080", "width": 1, "dash": "dot"}
    layout = {
        # A margin that the browser works out takes a third of the time of drawing.
        "xaxis": {
            "title": {"text": "step"},
            "unifiedhovertitle": {"text": "step %{x:,d}"},
            "automargin": False,
            "anchor": f"y{len(shown)}",
        },
        **axes,
        "shapes": [
            {"type": "line", "x0": step, "x1": step, "y0": 0, "y1": 1, "yref": "paper", "line": line, "opacity": 0.35}
            for step in marks
        ],
        "hovermode": "x unified",
        "hoversubplots": "axis",
        "hoverlabel": {"namelength": -1},
        "height": height,
        "margin": {"l": 64, "r": 10, "t": 10, "b": 44},
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
    }
    # In one piece: piece by piece, Plotly takes several times as long to check it.
    return go.Figure([go.Scatter(trace) for trace in traces], layout)


def _axis(panel: Panel) -> dict[str, Any]:
    """The vertical axis of a panel."""
    axis: dict[str, Any] = {"title": {"text": panel.title}, "hoverformat": panel.format, "automargin": False}
    if panel.log:
        axis |= {"type": "log", "exponentformat": "power"}
    if panel.dots:
        low, high = _decades([curve.y for curve in panel.curves if curve])
        axis |= {"range": [low, high], "dtick": max(1, round((high - low) / 4))}
    return axis


def _decades(values: Sequence[NDArray]) -> tuple[int, int]:
    """The powers of ten that enclose the positive values; the decade from 1 on where there are none."""
    positive = [value for some in values for value in some if value > 0]
    low = math.floor(math.log10(min(positive, default=1)))
    return low, max(math.ceil(math.log10(max(positive, default=1))), low + 1)


def _traces(number: int, curve: Curve, panel: Panel) -> list[dict[str, Any]]:
    """What draws one curve, and the edges of its band before it."""
    kept = curves.thin(len(curve.x))
    # Equal curves lie on top of each other: dashes let the lower one show.
    colour = COLOURS[number % len(COLOURS)]
    style = {"color": colour, "dash": DASHES[number % len(DASHES)], "width": 2.5}
    name = html.escape(curve.name)
    shared = {"x": curve.x[kept], "mode": "lines", "legendgroup": name}
    if panel.dots:
        shared |= {"mode": "markers", "marker": {"color": colour, "size": 3}}
    line = {**shared, "y": curve.y[kept], "name": name, "line": style}
    if curve.low is None or curve.high is None:
        return [line]
    edge = {**shared, "line": {"width": 0}, "showlegend": False, "hoverinfo": "skip"}
    filled = {"y": curve.high[kept], "fill": "tonexty", "fillcolor": f"{colour}33"}
    return [{**edge, "y": curve.low[kept]}, {**edge, **filled}, line]


def effects(names: Sequence[str], distances: Sequence[float]) -> go.Figure:
    """A bar for each cause: how far the printed loss moves because of it, on a logarithmic axis.

    Args:
        names: of the causes, from the top down.
        distances: one each; a 0 has no bar and says so.
    """
    floor = 10 ** math.floor(math.log10(min([d for d in distances if d > 0], default=1e-8)) - 1)
    words = [f"{distance:.1e}" if distance else "0: equal to the last bit" for distance in distances]
    lengths = [max(distance, floor) for distance in distances]
    figure = go.Figure()
    figure.add_bar(
        x=lengths, y=list(names), orientation="h", text=words, textposition="auto", marker={"color": COLOURS[0]},
        hovertemplate="%{y}: %{text}<extra></extra>", cliponaxis=False,
    )  # fmt: skip
    figure.update_xaxes(
        type="log",
        title="largest difference of a printed loss",
        range=[math.log10(floor), math.log10(max(*lengths, floor * 10)) + 0.7],
        exponentformat="power",
        nticks=7,
        tickangle=0,
    )
    figure.update_yaxes(autorange="reversed")
    figure.update_layout(
        height=90 + 42 * len(names),
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
    )
    return figure
