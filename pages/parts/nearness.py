"""Where a way through the latent space leaves the data: its density under the prior, its distance to the codes."""

import math

import altair as alt
import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from vae import ways
from vae.latent import Codes
from vae.runs import Run

# Standard normal: 99 % of all draws lie between minus this and this.
DEVIATE = 2.576
GREY = "#808080"


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
    band = pd.DataFrame({"low": [-0.5 * high - constant], "high": [-0.5 * low - constant]})
    usual = pd.DataFrame({"distance": [typical]})
    with st.grid(2, min_column_width=300):
        area = (
            alt.Chart(band, height=200)
            .mark_rect(color=GREY, opacity=0.2)
            .encode(y=alt.Y("low:Q", title=None), y2="high:Q")
        )
        st.altair_chart(
            area + _line(rows, "density", "Log density under the prior, nats"),
            alt="Log density of the way under the prior; grey: the range of 99 % of draws from it",
        )
        rule = (
            alt.Chart(usual, height=200)
            .mark_rule(color=GREY, strokeDash=[5, 4])
            .encode(y=alt.Y("distance:Q", title=None))
        )
        st.altair_chart(
            rule + _line(rows, "distance", "Distance to the nearest code"),
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


def _line(rows: pd.DataFrame, column: str, title: str) -> alt.Chart:
    chart = alt.Chart(rows, height=200, title=alt.Title(title, anchor="start")).mark_line(point=True)
    return chart.encode(
        x=alt.X("way:Q", title="way", axis=alt.Axis(format="%", tickCount=5)),
        y=alt.Y(f"{column}:Q", title=None, scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=4)),
        tooltip=[alt.Tooltip("way:Q", format=".0%"), alt.Tooltip(f"{column}:Q", format=".2f", title=title)],
    )
