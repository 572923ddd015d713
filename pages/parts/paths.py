"""The way from one image to another, through the latent space."""

import random

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.parts.pickers import check_url, plain, whole_number
from vae import figures, latent
from vae.data import Data
from vae.latent import Codes

TILE = 68


def pictures(images: NDArray[np.float32], captions: list[str]) -> None:
    """Images float32 [n, 784] in a row that wraps, each with its caption."""
    st.image([figures.picture(image) for image in figures.ink(images)], captions, width=TILE, alt=captions)


def show(model, codes: Codes, data: Data, labels: tuple[str, ...]) -> int:
    """Draws the choice of two test images and the decoded codes between them; returns the first image's number.

    Args:
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
            help="How many codes on the straight line between the two are decoded, both ends included.",
        )
    row = latent.interpolation(model, data.x_test[[start, end]], codes.z_mean[[start, end]], steps)
    ends = [f"**{plain(labels[data.y_test[place]])}**, original" for place in (start, end)]
    pictures(row, [ends[0], *(f"{share:.0%}" for share in latent.shares(steps)), ends[1]])
    st.caption(
        "The originals stand at the ends. Between them are decoded codes on the straight line from the first image's "
        "code (0%) to the second's (100%). In a good latent space the images on the way are plausible, too."
    )
    return start


def _random_pair(last: int) -> None:
    """Picks two test images."""
    st.session_state["from"], st.session_state["to"] = random.sample(range(last + 1), 2)
