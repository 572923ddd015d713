"""Four images at the corners of a grid, and what lies between them."""

import streamlit as st

from pages.parts.pickers import check_url, whole_number
from vae import figures, latent, ways
from vae.data import Data
from vae.latent import Codes

CORNERS = {"Upper left": "nw", "Upper right": "ne", "Lower left": "sw", "Lower right": "se"}
LEAST, MOST = 3, 15


@st.fragment
def show(model, codes: Codes, data: Data) -> None:
    """Draws the choice of four test images and the decoded codes between their codes.

    Args:
        model: a `vae.model.moment.Moment`.
        codes: of all test images.
        data: their dataset.
    """
    st.subheader("Between four images")
    last = len(data.y_test) - 1
    chosen = []
    with st.grid(5, min_column_width=110):
        for default, (title, key) in enumerate(CORNERS.items()):
            check_url(key, whole_number(0, last), f"a whole number from 0 to {last}")
            chosen.append(
                st.number_input(
                    title, 0, last, default, key=key, bind="query-params", help="The number of a test image, from 0."
                )
            )
        check_url("between", whole_number(LEAST, MOST), f"a whole number from {LEAST} to {MOST}")
        size = st.slider(
            "Codes a side",
            LEAST,
            MOST,
            8,
            key="between",
            bind="query-params",
            help="How many codes along each side are decoded, the corners included.",
        )
    decoded = latent.decode(model, ways.bilinear(codes.z_mean[chosen], size))
    drawn = figures.picture(figures.mosaic(figures.ink(decoded), size))
    st.image(drawn, width=450, alt=f"{size} by {size} decoded codes between test images {', '.join(map(str, chosen))}")
    st.caption("At the corners the decoded codes of the four images, between them bilinear mixtures of the codes.")
