"""Many samples of one image: what the noise of its code changes in the picture."""

import numpy as np
import streamlit as st

from pages.parts.pickers import check_url, plain, whole_number
from vae import figures, latent, posterior
from vae.data import Data

TILE = 84


@st.fragment
def show(model, data: Data, labels: tuple[str, ...]) -> None:
    """Draws the choice of a test image, codes drawn from its posterior decoded, and how much each pixel changes.

    Args:
        model: a `vae.model.moment.Moment`.
        data: their dataset.
        labels: the names of its labels.
    """
    st.subheader("Many samples of one image")
    last, most = len(data.y_test) - 1, posterior.MOST
    check_url("one", whole_number(0, last), f"a whole number from 0 to {last}")
    check_url("times", whole_number(4, most), f"a whole number from 4 to {most}")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        place = st.number_input(
            "Test image",
            0,
            last,
            key="one",
            bind="query-params",
            width=150,
            help="The number of a test image, counted from 0.",
        )
        n = st.slider(
            "Samples",
            4,
            most,
            12,
            key="times",
            bind="query-params",
            width=220,
            help="How many codes are drawn around the image's mean with its spread, as in training, and decoded.",
        )
    x, name = data.x_test[place], labels[data.y_test[place]]
    codes = latent.encode(model, x[None])
    z_mean = codes.z_mean[0]
    z = posterior.draw(z_mean, codes.z_log_var[0], n, place)
    decoded = latent.decode(model, np.concatenate([z_mean[None], z]))
    error, *errors = latent.squared_errors(x, decoded)
    deviation = posterior.spread(decoded[1:])
    tiles = [*figures.ink(np.stack([x, decoded[0]])), *figures.spread(deviation), *figures.ink(decoded[1:])]
    captions = [f"**{plain(name)}**", f"mean · {error:.3f}", f"std · {deviation.mean():.3f}"]
    alts = [f"Test image {place}, {name}", "The decoded mean of its code", "How much each pixel changes"]
    st.image(
        [figures.picture(tile) for tile in tiles],
        caption=captions + [f"{of_sample:.3f}" for of_sample in errors],
        width=TILE,
        alt=alts + [f"Sample {number} of its code, decoded" for number in range(1, n + 1)],
    )
    st.caption(
        "The original, the decoded **mean** of its code, the standard deviation of each pixel over the samples "
        f"(**std**; full purple is {figures.FULL_CHANGE} or more), and samples from q(z|x), decoded, each with its "
        "squared error a pixel."
    )
    st.markdown(
        f"The posterior's noise changes a pixel by **{deviation.mean():.4f}** on average (standard deviation over {n} "
        f"samples). A sample's squared error is **{np.mean(errors):.4f}** on average, the mean's **{error:.4f}**."
    )
