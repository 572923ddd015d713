"""The way from one image to another, through the latent space."""

import random

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.parts import nearness, traversals
from pages.parts.own import KEPT, OWN_DRAW
from pages.parts.pickers import check_switch, check_url, plain, whole_number
from vae import figures, ways
from vae.data import Data, as_input
from vae.latent import Codes, active_units, decode, encode
from vae.runs import Run

TILE = 68
STRAIGHT, SPHERICAL = "straight", "spherical"
START, END = "start", "end"
FRAMES = 25


def pictures(images: NDArray[np.float32], captions: list[str]) -> None:
    """Images float32 [n, 784] in a row that wraps, each with its caption."""
    st.image([figures.picture(image) for image in figures.ink(images)], captions, width=TILE, alt=captions)


@st.fragment
def show(run: Run, step: int, model, codes: Codes, data: Data, labels: tuple[str, ...]) -> None:
    """Draws the choice of two test images, the decoded codes between them, and what each unit changes in the first.

    Args:
        run: whose model it is.
        step: the moment of it.
        model: a `vae.model.moment.Moment`.
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
        check_switch("play")
        play = st.toggle(
            "Play", key="play", bind="query-params", help="Shows the way as a moving picture, there and back."
        )
        own, place_of_own = st.session_state.get(KEPT), None
        if own is not None:
            place_of_own = st.segmented_control(
                "Your own image", [START, END], help="Starts from what you drew or uploaded, or ends there."
            )
    x, z_ends = data.x_test[[start, end]], codes.z_mean[[start, end]]
    ends = [f"**{plain(labels[data.y_test[place]])}**, original" for place in (start, end)]
    if own is not None and place_of_own is not None:
        at = (START, END).index(place_of_own)
        x[at] = as_input(own, run.config.inputs, OWN_DRAW)[0]
        z_ends[at], ends[at] = encode(model, x[[at]]).z_mean[0], "**your own**"
    go = ways.line if way == STRAIGHT else ways.arc
    z = go(z_ends[0], z_ends[1], steps)
    row = ways.interpolation(model, x, z)
    pictures(row, [ends[0], *(f"{share:.0%}" for share in ways.shares(steps)), ends[1]])
    st.caption(
        "The originals stand at the ends. Between them are decoded codes on the way from the first image's "
        "code (0%) to the second's (100%). In a good latent space the images on the way are plausible, too."
    )
    if play:
        decoded = decode(model, go(z_ends[0], z_ends[1], FRAMES))
        st.image(figures.animation(figures.ink(decoded)), width=168, alt="The decoded way, there and back")
    if active_units(codes):
        nearness.show(run, step, z, codes)
    traversals.show(model, codes, z_ends[0])


def _random_pair(last: int) -> None:
    """Picks two test images."""
    st.session_state["from"], st.session_state["to"] = random.sample(range(last + 1), 2)
