"""Pictures of what a model makes of images and codes: pure functions of arrays, without TensorFlow.

Images are drawn as ink on paper: a pixel of 0 is white, one of 1 is black.
"""

import base64
import io
from collections.abc import Collection, Mapping

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from PIL import Image

SIDE = 28
GAP = 2
# Of the label's colour in the paper beneath an image.
TINT = 0.35
FRAME_MILLISECONDS = 80
MISSING = np.array((0, 90, 181), np.float32)
EXTRA = np.array((220, 80, 10), np.float32)
# Of standard deviations: pixels in 0..1 have at most .5, and half of that is a strong change already.
CHANGE, FULL_CHANGE = np.array((100, 20, 150), np.float32), 0.25
# All stand out from the light and from the dark background by 3 to 1 (WCAG 2.2, 1.4.11). Among such colours these are
# as far from each other, also for colour-blind eyes (Machado et al. 2009), as a search in Oklab could bring them.
# Digits whose codes lie side by side, as those of 4, 7 and 9 do, have the ones that differ most.
LABEL_COLOURS = (
    "#088fae",
    "#e17811",
    "#869779",
    "#e10132",
    "#0b760e",
    "#785e71",
    "#aa18c2",
    "#6d3bfa",
    "#957cfd",
    "#fd2ec4",
)
HEIGHT, LEGEND = 450, 50
# For both themes; dragging is left to the page, so that a thumb can scroll past a figure.
SEE_THROUGH = {
    "height": HEIGHT,
    "dragmode": False,
    "margin": {"l": 10, "r": 10, "t": 10, "b": 10},
    "legend": {"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom", "x": 0, "itemsizing": "constant"},
    "paper_bgcolor": "rgba(0,0,0,0)",
    "plot_bgcolor": "rgba(0,0,0,0)",
}
COMPRESSION = 1
FAINT = 0.4


def ink(images: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Images float32 [n, 784] with pixels in 0..1 as black ink on white paper: uint8 [n, 28, 28, 1]."""
    return np.rint(255 * (1 - images.reshape(-1, SIDE, SIDE, 1))).astype(np.uint8)


def error(originals: NDArray[np.float32], reconstructions: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Where a reconstruction lacks ink (blue), has too much (orange), or is right (white).

    Args:
        originals: float32 [n, 784], pixels in 0..1.
        reconstructions: float32 [n, 784].

    Returns:
        uint8 [n, 28, 28, 3]; the colour is fullest where the difference is 1.
    """
    difference = (reconstructions - originals).reshape(-1, SIDE, SIDE, 1)
    colour = np.where(difference > 0, EXTRA, MISSING)
    return np.rint(255 + np.abs(difference) * (colour - 255)).astype(np.uint8)


def spread(deviation: NDArray[np.float32]) -> NDArray[np.uint8]:
    """How much pixels change, float32 [784]: uint8 [1, 28, 28, 3], from white to the full purple of `FULL_CHANGE`."""
    share = np.minimum(deviation / FULL_CHANGE, 1).reshape(1, SIDE, SIDE, 1)
    return np.rint(255 + share * (CHANGE - 255)).astype(np.uint8)


def columns(*rows: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Stacks images of equal number, uint8 [n, 28, 28, 1 or 3] each, the first on top, with see-through gaps.

    Returns:
        uint8 [n, 28 * len(rows) + gaps, 28, 4]: red, green, blue and opacity.
    """
    shape = (len(rows[0]), SIDE, SIDE, 3)
    opaque = [np.concatenate([np.broadcast_to(row, shape), np.full_like(row[..., :1], 255)], axis=-1) for row in rows]
    gap = np.zeros((len(rows[0]), GAP, SIDE, 4), np.uint8)
    return np.concatenate([part for row in opaque for part in (gap, row)][1:], axis=1)


def tinted(images: NDArray[np.float32], labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Images float32 [n, 784] as black ink on paper tinted in the colours of labels [n]: uint8 [n, 28, 28, 3]."""
    colours = np.array([tuple(bytes.fromhex(colour[1:])) for colour in LABEL_COLOURS], np.float32)
    paper = 255 + TINT * (colours[labels] - 255)
    return np.rint((1 - images.reshape(-1, SIDE, SIDE, 1)) * paper[:, None, None]).astype(np.uint8)


def mosaic(images: NDArray[np.uint8], width: int) -> NDArray[np.uint8]:
    """Images uint8 [n, 28, 28, c] side by side, `width` in a row: uint8 [28 * n / width, 28 * width, c]."""
    channels = images.shape[-1]
    return images.reshape(-1, width, SIDE, SIDE, channels).swapaxes(1, 2).reshape(-1, width * SIDE, channels)


def animation(images: NDArray[np.uint8]) -> str:
    """Images uint8 [n, 28, 28, 1], there and back without an end, as the address of an animated PNG."""
    frames = [Image.fromarray(image[..., 0]).resize((8 * SIDE, 8 * SIDE), Image.Resampling.NEAREST) for image in images]
    frames = [*frames, *frames[-2:0:-1]]
    png = io.BytesIO()
    frames[0].save(png, "PNG", save_all=True, append_images=frames[1:], duration=FRAME_MILLISECONDS, loop=0)
    return f"data:image/png;base64,{base64.b64encode(png.getvalue()).decode()}"


def picture(pixels: NDArray[np.uint8], margin: int = 1) -> str:
    """Pixels as an SVG image that stays sharp at every size.

    Args:
        pixels: uint8 [height, width, channels]: grey; or red, green, blue, opacity.
        margin: see-through pixels around it.
    """
    height, width, channels = pixels.shape
    png = io.BytesIO()
    Image.fromarray(pixels[..., 0] if channels == 1 else pixels).save(png, "PNG", compress_level=COMPRESSION)
    full = f"{width + 2 * margin} {height + 2 * margin}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{-margin} {-margin} {full}">'
        f'<image width="{width}" height="{height}" style="image-rendering:pixelated" '
        f'href="data:image/png;base64,{base64.b64encode(png.getvalue()).decode()}"/></svg>'
    )


def kl_bars(kl: NDArray[np.float64], named: Collection[int] = ()) -> go.Figure:
    """The KL of every latent unit as bars, the largest first.

    Args:
        kl: float64 [latent_dim], nats a unit.
        named: units whose bars stand out and bear their number.
    """
    order = np.argsort(-kl, kind="stable")
    bars = go.Bar(
        x=[str(unit) for unit in order],
        y=kl[order],
        width=min(0.8, len(kl) / 10),
        text=[str(unit) if unit in named else "" for unit in order],
        textposition="outside",
        marker={
            "color": LABEL_COLOURS[0],
            "opacity": [1 if unit in named else FAINT for unit in order] if named else 1,
            "line": {"width": 0},
        },
        hovertemplate="unit %{x}: %{y:.3f} nats<extra></extra>",
    )
    figure = go.Figure(bars, {**SEE_THROUGH, "height": HEIGHT // 2})
    figure.update_xaxes(title="unit", type="category")
    return figure.update_yaxes(title="KL, nats", rangemode="tozero")


def ranking(named: Mapping[str, float], title: str) -> go.Figure:
    """Named values as dots on one axis, the smallest on top; the first of `named` stands out."""
    ordered = sorted(named, key=lambda name: -named[name])
    own = next(iter(named))
    dots = go.Scatter(
        x=[named[name] for name in ordered],
        y=ordered,
        mode="markers+text",
        text=[f"{named[name]:.2f}" for name in ordered],
        textposition="middle right",
        marker={"size": 12, "color": [LABEL_COLOURS[1 if name == own else 0] for name in ordered]},
    )
    figure = go.Figure(dots, {**SEE_THROUGH, "height": 60 + 34 * len(named)})
    low, high = min(named.values()), max(named.values())
    return figure.update_xaxes(title=title, range=[low - 0.3, high + 0.15 * (high - low) + 0.5])
