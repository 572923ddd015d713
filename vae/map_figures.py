"""Figures of the latent space: codes as points, decoded images at their places, and how both form in training.

They look like those of `vae.figures`.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from vae.chips import pushed_apart
from vae.figures import HEIGHT, LABEL_COLOURS, LEGEND, SEE_THROUGH, mosaic, picture

PICKED, GREY = "#d6006e", "#808080"
# Milliseconds from one moment to the next, and how many uneven coordinates an axis tells.
MOVE, TICKS = 700, 7
# Pixels: about the side of the map, and of a name on it the width around and of a letter, and the height.
SIDE, AROUND, LETTER, LINE = 340, 8, 9, 22
ON_PAPER = {"showarrow": False, "font": {"color": "black"}, "bgcolor": "white", "opacity": 0.85}
BINS = 60
# What an SVG holds and an address may not.
IN_ADDRESS = {"<": "%3C", ">": "%3E", '"': "%22", " ": "%20"}


def latent_map(
    z: NDArray[np.float32],
    labels: NDArray[np.uint8],
    names: Sequence[str],
    titles: Sequence[str],
    extent: float,
    picked: Mapping[str, NDArray[np.float32]] = MappingProxyType({}),
) -> go.Figure:
    """Codes as points on a plane, in a colour for every label, with the label's name at its median.

    Args:
        z: float32 [n, 2], horizontal and vertical.
        labels: uint8 [n].
        names: the labels' names.
        titles: of the horizontal and the vertical axis.
        extent: a dashed square marks the plane from -extent to extent, which `manifold` shows.
        picked: closed curves float32 [m, 2] around some points, by the name to be written there.
    """
    numbers = np.arange(len(z), dtype=np.int32)
    traces, texts = [], []
    spread = len(z) > 0 and np.ptp(z, axis=0).max() > 1
    for label, name in enumerate(names):
        of_label = labels == label
        x, y = np.ascontiguousarray(z[of_label].T)
        hover = f"{name}, image %{{customdata}}<br>(%{{x:.2f}}, %{{y:.2f}})<extra></extra>"
        marker = {"size": 3, "opacity": 1, "color": LABEL_COLOURS[label]}
        kept = numbers[of_label]
        traces.append(
            go.Scattergl(
                x=x,
                y=y,
                name=name,
                mode="markers",
                marker=marker,
                unselected={"marker": {"opacity": 1}},
                customdata=kept,
                hovertemplate=hover,
            )
        )
        if spread and len(x):
            texts.append({"x": float(np.median(x)), "y": float(np.median(y)), "text": f"<b>{name}</b>", **ON_PAPER})
    for name, curve in picked.items():
        outline = {"color": PICKED, "width": 2}
        x, y = np.ascontiguousarray(curve.T)
        traces.append(go.Scattergl(x=x, y=y, mode="lines", line=outline, hoverinfo="skip", showlegend=False))
        middle = curve[:-1].mean(axis=0)
        texts.append({"x": float(middle[0]), "y": float(middle[1]), "text": name, **ON_PAPER})
    line = {"color": GREY, "width": 1, "dash": "dash"}
    square = {"type": "rect", "x0": -extent, "y0": -extent, "x1": extent, "y1": extent, "line": line}
    reach = 1.05 * max(extent, *(float(np.abs(points).max(initial=0)) for points in (z, *picked.values())))
    layout = {**SEE_THROUGH, **_plane(titles, reach), "annotations": _beside_each_other(texts, reach)}
    return go.Figure(traces, {**layout, "shapes": [square]})


def _beside_each_other(texts: list[dict[str, Any]], reach: float) -> list[dict[str, Any]]:
    """Names on a map from -reach to reach, moved by some pixels where they would lie on each other."""
    if not texts:
        return texts
    centres = np.array([(text["x"], text["y"]) for text in texts]) * SIDE / (2 * reach)
    letters = [len(text["text"].removeprefix("<b>").removesuffix("</b>")) for text in texts]
    moves = pushed_apart(centres, np.array([(AROUND + LETTER * count, LINE) for count in letters], float))
    return [text | {"xshift": int(x), "yshift": int(y)} for text, (x, y) in zip(texts, moves, strict=True)]


def histogram(z: NDArray[np.float32], labels: NDArray[np.uint8], names: Sequence[str], title: str) -> go.Figure:
    """How the codes of one unit spread, stacked by label.

    Args:
        z: float32 [n].
        labels: uint8 [n].
        names: the labels' names.
        title: of the horizontal axis.
    """
    reach = max(3.0, float(np.abs(z).max()))
    edges = np.linspace(-reach, reach, BINS + 1)
    bars = [
        go.Bar(
            x=(edges[1:] + edges[:-1]) / 2,
            y=np.histogram(z[labels == label], edges)[0],
            name=name,
            marker={"color": LABEL_COLOURS[label], "line": {"width": 0}},
            hovertemplate=f"{name}: %{{y}} images<extra></extra>",
        )
        for label, name in enumerate(names)
    ]
    figure = go.Figure(bars, {**SEE_THROUGH, "barmode": "stack", "bargap": 0})
    return figure.update_layout(xaxis_title=title, yaxis_title="images", legend_traceorder="normal")


def manifold(images: NDArray[np.uint8], along: NDArray[np.float32], titles: Sequence[str]) -> go.Figure:
    """Decoded images at their places on the plane.

    Args:
        images: uint8 [size * size, 28, 28, channels], in the order of `vae.planes.grid`: from the top, row by row.
        along: float32 [size], the coordinates along each side, ascending; their ends are opposite numbers. The images
            are drawn side by side, so that where the coordinates are uneven the axes are, too.
        titles: of the horizontal and the vertical axis.
    """
    size, extent = len(along), float(along[-1])
    edge = extent + extent / (size - 1)
    place = {"xref": "x", "yref": "y", "x": -edge, "y": edge, "sizex": 2 * edge, "sizey": 2 * edge}
    image = {
        "source": "data:image/svg+xml," + _in_address(picture(mosaic(images, size), margin=0)),
        "sizing": "stretch",
        "layer": "below",
        **place,
    }
    plane = _plane(titles, edge)
    even = np.linspace(-extent, extent, size)
    if not np.allclose(along, even, atol=1e-3):
        told = np.unique(np.rint(np.linspace(0, size - 1, min(size, TICKS))).astype(int))
        ticks = {"tickvals": even[told], "ticktext": [f"{along[place]:.1f}" for place in told]}
        plane = {axis: {**layout, **ticks} for axis, layout in plane.items()}
    return go.Figure(layout={**SEE_THROUGH, **plane, "images": [image], "height": HEIGHT - LEGEND})


def _in_address(svg: str) -> str:
    # One character at a time: `str.translate` and `urllib.parse.quote` take 40 times as long on a large one.
    for character, code in IN_ADDRESS.items():
        svg = svg.replace(character, code)
    return svg


def replay(
    moments: Mapping[str, NDArray[np.float32]], labels: NDArray[np.uint8], names: Sequence[str], titles: Sequence[str]
) -> go.Figure:
    """How the codes of some images move in training, with a button that plays it and a slider.

    Args:
        moments: float32 [n, 2] by the name of the moment, in the order of time.
        labels: uint8 [n].
        names: the labels' names.
        titles: of the horizontal and the vertical axis.
    """
    of_label = [np.flatnonzero(labels == label) for label in range(len(names))]

    def points(z: NDArray[np.float32]) -> list[go.Scatter]:
        return [go.Scatter(x=z[rows, 0], y=z[rows, 1]) for rows in of_label]

    frames = [go.Frame(name=name, data=points(z)) for name, z in moments.items()]
    traces = points(next(iter(moments.values())))
    for label, trace in enumerate(traces):
        marker = {"size": 5, "opacity": 1, "color": LABEL_COLOURS[label]}
        trace.update(mode="markers", name=names[label], hoverinfo="skip", marker=marker)
    moving = {"frame": {"duration": MOVE}, "transition": {"duration": MOVE, "easing": "linear"}, "fromcurrent": True}
    at_once = {"mode": "immediate", "frame": {"duration": 0}, "transition": {"duration": 0}}
    steps = [{"label": name, "method": "animate", "args": [[name], at_once]} for name in moments]
    below = {"y": 0, "yanchor": "top", "pad": {"t": 55}}
    # The names of all moments would not fit; the one on the screen is told above the slider.
    told = {"font": {"color": GREY}, "xanchor": "left"}
    shy = {"font": {"color": "rgba(0,0,0,0)"}, "ticklen": 0, "bordercolor": GREY}
    slider = {"steps": steps, "x": 0.2, "len": 0.8, "currentvalue": told, **shy, **below}
    play = {"label": "Play", "method": "animate", "args": [None, moving]}
    look = {"font": {"color": GREY}, "bgcolor": "rgba(0,0,0,0)", "bordercolor": GREY, "showactive": False}
    button = {"type": "buttons", "buttons": [play], "x": 0, "xanchor": "left", **look, **below}
    reach = 1.05 * max(3.0, *(float(np.abs(z).max()) for z in moments.values()))
    layout = {**SEE_THROUGH, **_plane(titles, reach), "height": HEIGHT + 2 * LEGEND}
    layout |= {"legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "itemsizing": "constant"}}
    return go.Figure(traces, {**layout, "sliders": [slider], "updatemenus": [button]}, frames)


def _plane(titles: Sequence[str], reach: float) -> dict[str, Any]:
    """Two axes of equal scale, from -reach to reach."""
    shared = {"range": (-reach, reach), "constrain": "domain", "dtick": 1, "showgrid": False, "zeroline": False}
    vertical = {"title": titles[1], "scaleanchor": "x", "constraintoward": "top", **shared}
    return {"xaxis": {"title": titles[0], **shared}, "yaxis": vertical}
