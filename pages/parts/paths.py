"""The way from one image to another, through the latent space."""

import math
import random

import altair as alt
import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from pages.parts.pickers import check_url, plain, whole_number
from vae import figures, ways
from vae.data import Data
from vae.latent import Codes, active_units
from vae.runs import Run

TILE = 68
STRAIGHT, SPHERICAL = "straight", "spherical"
# Standard normal: 99 % of all draws lie between minus this and this.
DEVIATE = 2.576
GREY = "#808080"


@st.cache_resource(max_entries=64, show_spinner=False)
def typical_distance(run_id: str, step: int, _codes: Codes) -> float:
    """How far the codes of a run after `step` steps are from their nearest neighbours."""
    return ways.typical_distance(_codes.z_mean)


def pictures(images: NDArray[np.float32], captions: list[str]) -> None:
    """Images float32 [n, 784] in a row that wraps, each with its caption."""
    st.image([figures.picture(image) for image in figures.ink(images)], captions, width=TILE, alt=captions)


def show(run: Run, step: int, model, codes: Codes, data: Data, labels: tuple[str, ...]) -> int:
    """Draws the choice of two test images and the decoded codes between them; returns the first image's number.

    Args:
        run: whose model it is.
        step: the moment of it.
        model: a built `VariationalAutoEncoder`.
        codes: of all test images.
        data: their dataset.
        labels: the names of its labels.
    """
    st.subheader("From one image to another")
    last = len(data.y_test) - 1
    check_url("from", whole_number(0, last), f"a whole number from 0 to {last}")
    check_url("to", whole_number(0, last), f"a whole number from 0 to {last}")
    check_url("steps", whole_number(5, 15), "a whole number from 5 to 15")
    check_url("way", (STRAIGHT, SPHERICAL).__contains__, f"{STRAIGHT} or {SPHERICAL}")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        start = st.number_input(
            "From image",
            0,
            last,
            0,
            key="from",
            bind="query-params",
            width=150,
            help="The number of a test image; the map shows it when you hover over a point.",
        )
        end = st.number_input(
            "To image", 0, last, 1, key="to", bind="query-params", width=150, help="The test image at the other end."
        )
        st.button(
            "Random pair",
            icon=":material/shuffle:",
            on_click=_random_pair,
            args=(last,),
            help="Picks two test images by chance.",
        )
        steps = st.slider(
            "Steps",
            5,
            15,
            9,
            key="steps",
            bind="query-params",
            width=220,
            help="How many codes on the way between the two are decoded, both ends included.",
        )
        way = st.segmented_control(
            "Way",
            [STRAIGHT, SPHERICAL],
            default=STRAIGHT,
            required=True,
            key="way",
            bind="query-params",
            help="The straight line, or an arc around the middle of the space. With many units codes lie far from the "
            "middle, and the straight line cuts through where there are none.",
        )
    z = (ways.line if way == STRAIGHT else ways.arc)(codes.z_mean[start], codes.z_mean[end], steps)
    row = ways.interpolation(model, data.x_test[[start, end]], z)
    ends = [f"**{plain(labels[data.y_test[place]])}**, original" for place in (start, end)]
    pictures(row, [ends[0], *(f"{share:.0%}" for share in ways.shares(steps)), ends[1]])
    st.caption(
        "The originals stand at the ends. Between them are decoded codes on the way from the first image's "
        "code (0%) to the second's (100%). In a good latent space the images on the way are plausible, too."
    )
    if active_units(codes):
        _nearness(z, codes, typical_distance(run.id, step, codes))
    return start


def _random_pair(last: int) -> None:
    """Picks two test images."""
    st.session_state["from"], st.session_state["to"] = random.sample(range(last + 1), 2)


def _nearness(z: NDArray[np.float32], codes: Codes, typical: float) -> None:
    """Where a way float32 [steps, latent_dim] leaves the data: two curves and a sentence."""
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
        area = alt.Chart(band, height=200).mark_rect(color=GREY, opacity=0.2).encode(y="low:Q", y2="high:Q")
        st.altair_chart(
            area + _line(rows, "density", "Log density under the prior, nats"),
            alt="Log density of the way under the prior; grey: the range of 99 % of draws from it",
        )
        rule = alt.Chart(usual, height=200).mark_rule(color=GREY, strokeDash=[5, 4]).encode(y="distance:Q")
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
    chart = alt.Chart(rows, height=200).mark_line(point=True)
    return chart.encode(
        x=alt.X("way:Q", title="way", axis=alt.Axis(format="%", tickCount=5)),
        y=alt.Y(f"{column}:Q", title=title, scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=4)),
        tooltip=[alt.Tooltip("way:Q", format=".0%"), alt.Tooltip(f"{column}:Q", format=".2f", title=title)],
    )
