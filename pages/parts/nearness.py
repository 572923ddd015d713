"""Where a way through the latent space leaves the data: its density under the prior, its distance to the codes."""

import math
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from vae import ways
from vae.latent import Codes
from vae.runs import Run

# Standard normal: 99 % of all draws lie between minus this and this.
DEVIATE = 2.576
HEIGHT = 200
# Seen on white and on black.
GREY = "#808080"
Spec = dict[str, Any]


@st.cache_resource(max_entries=64, show_spinner=False)
def _typical_distance(run_id: str, step: int, _codes: Codes) -> float:
    """How far the codes of a run after `step` steps are from their nearest neighbours."""
    return ways.typical_distance(_codes.z_mean)


def show(run: Run, step: int, z: NDArray[np.float32], codes: Codes) -> None:
    """Draws two curves and a sentence.

    Args:
        run: whose codes they are.
        step: the moment of it.
        z: float32 [steps, latent_dim], the way.
        codes: of all test images.
    """
    typical = _typical_distance(run.id, step, codes)
    units = z.shape[1]
    constant = 0.5 * units * math.log(2 * math.pi)
    low, high = ways.prior_range(units, DEVIATE)
    away = ways.distances(z, codes.z_mean)
    rows = pd.DataFrame(
        {"way": ways.shares(len(z)), "density": -0.5 * ways.squared_norms(z) - constant, "distance": away}
    )
    band = {
        "data": {"values": [{"density": -0.5 * high - constant, "to": -0.5 * low - constant}]},
        "mark": {"type": "rect", "color": GREY, "opacity": 0.2},
        "encoding": {"y": {"field": "density", "type": "quantitative"}, "y2": {"field": "to"}},
    }
    level = {
        "data": {"values": [{"distance": typical}]},
        "mark": {"type": "rule", "color": GREY, "strokeDash": [5, 4]},
        "encoding": {"y": {"field": "distance", "type": "quantitative"}},
    }
    with st.grid(2, min_column_width=300):
        st.vega_lite_chart(
            rows,
            _chart(band, "density", "Log density under the prior, nats"),
            alt="Log density of the way under the prior; grey: the range of 99 % of draws from it",
        )
        st.vega_lite_chart(
            rows,
            _chart(level, "distance", "Distance to the nearest code"),
            alt="Distance of the way to the nearest test image's code; dashed: the usual distance of neighbours",
        )
    far = int(away.argmax())
    place = (
        f"Farthest from all codes is the way at {far / (len(z) - 1):.0%}: {away[far] / typical:.1f} times as far as "
    )
    st.caption(
        f"Left, in grey: where 99 % of all draws from the prior lie. Right, dashed: how far a code usually is from its "
        f"nearest neighbour, {typical:.2f}. {place}that."
    )


def _chart(beneath: Spec, column: str, title: str) -> Spec:
    """A line in Vega-Lite. Altair writes the same, but checks each part against a schema: ten times as long."""
    x = {"field": "way", "type": "quantitative", "title": "way"}
    y = {"field": column, "type": "quantitative", "title": title}
    encoding = {
        "x": {**x, "axis": {"tickCount": 5, "format": "%"}},
        "y": {**y, "title": None, "axis": {"tickCount": 4}, "scale": {"zero": False}},
        "tooltip": [{**x, "format": ".0%"}, {**y, "format": ".2f"}],
    }
    curve = {"mark": {"type": "line", "strokeWidth": 2, "point": True}, "encoding": encoding}
    return {"height": HEIGHT, "title": {"text": title, "anchor": "start"}, "layer": [beneath, curve]}
