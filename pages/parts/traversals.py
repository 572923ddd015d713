"""What each latent unit carries, and what it changes in the picture."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.parts.pickers import check_url, whole_number
from vae import figures, latent
from vae.latent import Codes

ZERO, IMAGE = "zero", "the From image"
STEPS, EXTENT = 11, 3
BARS = "kl-of-each-unit"
STILL = {"staticPlot": True}


def show(model, codes: Codes, start: NDArray[np.float32]) -> None:
    """Bars of the units' KL, and for those with the most of it the pictures from -3 to 3.

    Args:
        model: a `vae.model.moment.Moment`.
        codes: of all test images.
        start: float32 [latent_dim], the code that the other units may be taken from.
    """
    units = len(codes.kl)
    st.subheader("What each unit does", anchor=BARS)
    bars = st.container()
    st.caption(
        f"How much each unit tells about an image, {codes.kl.sum():.2f} nats in all; "
        f"{latent.active_units(codes)} of {units} are in use."
    )
    check_url("around", (ZERO, IMAGE).__contains__, f"{ZERO} or {IMAGE}")
    check_url("rows", whole_number(1, units), f"a whole number from 1 to {units}")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        around = st.segmented_control(
            "The other units stay at",
            [ZERO, IMAGE],
            default=ZERO,
            required=True,
            key="around",
            bind="query-params",
            help="The middle of the space, or the code of the image that the way above starts from.",
        )
        rows = min(4, units)
        if units > 1:
            rows = st.slider(
                "Units shown",
                1,
                units,
                rows,
                key="rows",
                bind="query-params",
                width=220,
                help="How many units, those with the most KL first.",
            )
    still = start if around == IMAGE else np.zeros(units, np.float32)
    chosen = np.argsort(-codes.kl, kind="stable")[:rows]
    bars.plotly_chart(
        figures.kl_bars(codes.kl, chosen.tolist()), key="bars", config=STILL, alt="The KL of every latent unit, sorted"
    )
    decoded = latent.decode(model, np.concatenate([latent.traversal(still, unit, STEPS, EXTENT) for unit in chosen]))
    with st.grid(2, min_column_width=330):
        for unit, images in zip(chosen, np.split(decoded, len(chosen)), strict=True):
            nats = f"{codes.kl[unit]:.2f} nats"
            strip = figures.picture(figures.mosaic(figures.ink(images), STEPS))
            alt = f"unit {unit}, {nats}: decoded from -{EXTENT} to {EXTENT}"
            st.image(strip, f"[unit {unit}](#{BARS}) · {nats}", width="stretch", alt=alt)
    st.caption(f"Each strip changes one unit alone, from -{EXTENT} on the left to {EXTENT} on the right.")
