"""Line charts as Vega-Lite specifications, for what grows or is drawn again at every move of a slider.

Altair writes the same ones, but checks each part against a schema, which takes ten times as long.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from vae.curve_figures import COLOURS

# Seen on white and on black.
GREY = "#808080"
Spec = dict[str, Any]


def quantity(
    field: str, title: str | None, scale: Mapping[str, Any] | None = None, ticks: int = 4, **axis: Any
) -> Spec:
    """A channel that shows a column of numbers, with an axis of about `ticks` ticks; `axis` says more of it."""
    channel = {"field": field, "type": "quantitative", "title": title, "axis": {"tickCount": ticks, **axis}}
    return {**channel, "scale": dict(scale)} if scale else channel


def tip(field: str, format: str = "", title: str = "") -> Spec:
    """A line of what is told under the pointer."""
    channel = {"field": field, "type": "quantitative", "title": title or field}
    return {**channel, "format": format} if format else channel


def colour(field: str, names: Sequence[str], **legend: Any) -> Spec:
    """A channel that gives each of `names` a colour of its own; `legend` says where they are told."""
    scale = {"domain": list(names), "range": list(COLOURS[: len(names)])}
    return {"field": field, "type": "nominal", "title": None, "scale": scale, "legend": {"title": None, **legend}}


def line(x: Spec, y: Spec, tips: Sequence[Spec], more: Mapping[str, Spec] | None = None, **mark: Any) -> Spec:
    """A line; `more` are further channels, and `mark` says how it is drawn."""
    encoding = {"x": x, "y": y, "tooltip": list(tips), **(more or {})}
    return {"mark": {"type": "line", "strokeWidth": 2, **mark}, "encoding": encoding}


def level(field: str, value: float) -> Spec:
    """A dashed line across the whole chart at a height, on the axis of `field`."""
    y = {"field": field, "type": "quantitative"}
    mark = {"type": "rule", "color": GREY, "strokeDash": [5, 4]}
    return {"data": {"values": [{field: value}]}, "mark": mark, "encoding": {"y": y}}
