"""Plotly figures of loss curves and of their differences."""

import html
import math
from collections.abc import Sequence
from typing import NamedTuple

import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

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
    total = sum(panel.height for panel in shown)
    shares = [panel.height / total for panel in shown]
    figure = make_subplots(len(shown), 1, shared_xaxes=True, row_heights=shares, vertical_spacing=PANEL_GAP)
    for row, panel in enumerate(shown, 1):
        for number, curve in enumerate(panel.curves):
            if curve:
                _draw(figure, row, number, curve, panel.dots)
        if panel.printed:
            marker = {"symbol": "circle-open", "size": 8, "color": "#808080", "line": {"width": 1.5}}
            points = panel.printed
            figure.add_scatter(x=points.x, y=points.y, name=points.name, mode="markers", marker=marker, row=row, col=1)
        figure.update_yaxes(title=panel.title, hoverformat=panel.format, row=row, col=1)
        if panel.log:
            figure.update_yaxes(type="log", exponentformat="power", row=row, col=1)
        if panel.dots:
            low, high = _decades([curve.y for curve in panel.curves if curve])
            figure.update_yaxes(range=[low, high], dtick=max(1, round((high - low) / 4)), row=row, col=1)
    for step in marks:
        figure.add_vline(x=step, line={"color": "#808080", "width": 1, "dash": "dot"}, opacity=0.35)
    figure.update_layout(
        hovermode="x unified",
        hoversubplots="axis",
        height=total,
        margin={"l": 64, "r": 10, "t": 10, "b": 44},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
    )
    # A margin that the browser works out takes a third of the time of drawing.
    figure.update_xaxes(hoverformat=",d", automargin=False)
    figure.update_yaxes(automargin=False)
    figure.update_xaxes(title="step", row=len(shown), col=1)
    return figure


def _decades(values: Sequence[NDArray]) -> tuple[int, int]:
    """The powers of ten that enclose the positive values; the decade from 1 on where there are none."""
    positive = [value for some in values for value in some if value > 0]
    low = math.floor(math.log10(min(positive, default=1)))
    return low, max(math.ceil(math.log10(max(positive, default=1))), low + 1)


def _draw(figure: go.Figure, row: int, number: int, curve: Curve, dots: bool) -> None:
    kept = curves.thin(len(curve.x))
    # Equal curves lie on top of each other: dashes let the lower one show.
    colour = COLOURS[number % len(COLOURS)]
    style = {"color": colour, "dash": DASHES[number % len(DASHES)], "width": 2.5}
    name = html.escape(curve.name)
    shared = {"x": curve.x[kept], "mode": "lines", "legendgroup": name, "row": row, "col": 1}
    if dots:
        shared |= {"mode": "markers", "marker": {"color": colour, "size": 3}}
    if curve.low is not None and curve.high is not None:
        edge = {**shared, "line": {"width": 0}, "showlegend": False, "hoverinfo": "skip"}
        figure.add_scatter(y=curve.low[kept], **edge)
        figure.add_scatter(y=curve.high[kept], fill="tonexty", fillcolor=f"{colour}33", **edge)
    figure.add_scatter(y=curve.y[kept], name=name, line=style, showlegend=row == 1, **shared)


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
