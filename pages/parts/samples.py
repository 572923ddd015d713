"""New images, decoded from random codes, beside the training images that they resemble."""

import streamlit as st

from pages.parts.pickers import check_url, plain, whole_number
from vae import figures, latent
from vae.config import RunConfig
from vae.data import Data
from vae.runs import Run

COUNT, TILE = 12, 84
LAST_DRAW = 999_999


@st.cache_resource(max_entries=4, show_spinner=False)
def _norms(dataset: str, inputs: str, _data: Data):
    """The squared norms of the training images; do not change them."""
    return latent.squared_norms(_data.x_train)


@st.cache_resource(max_entries=32, show_spinner=False)
def _drawn(run_id: str, step: int, draw: int, _model, _data: Data, _config: RunConfig):
    """New images with the training images nearest to them: images, places and errors; do not change them."""
    images = latent.decode(_model, latent.prior(COUNT, _config.latent_dim, draw))
    return images, *latent.nearest(images, _data.x_train, _norms(_config.dataset, _config.inputs, _data))


@st.fragment
def show(run: Run, step: int, model, data: Data, labels: tuple[str, ...]) -> None:
    """Draws codes from the prior, decodes them, and sets the nearest training image below each.

    Args:
        run: whose model it is.
        step: the moment of it.
        model: a `vae.model.moment.Moment`.
        data: what it was trained on.
        labels: the names of its labels.
    """
    st.subheader("New images")
    check_url("sample", whole_number(0, LAST_DRAW), f"a whole number from 0 to {LAST_DRAW}")
    draw = st.number_input(
        "Sample number",
        0,
        LAST_DRAW,
        key="sample",
        bind="query-params",
        width=170,
        help="Another number is another draw of codes; the same number shows everybody the same.",
    )
    images, places, errors = _drawn(run.id, step, draw, model, data, run.config)
    tiles = figures.columns(figures.ink(images), figures.ink(data.x_train[places]))
    names = [labels[label] for label in data.y_train[places]]
    st.image(
        [figures.picture(tile) for tile in tiles],
        caption=[f"near **{plain(name)}** · {error:.3f}" for name, error in zip(names, errors, strict=True)],
        width=TILE,
        alt=[f"A new image above training image {place}, {name}" for place, name in zip(places, names, strict=True)],
    )
    st.caption(
        "Above: codes drawn from a standard normal distribution, decoded. Below: the training image that differs "
        "least, with the squared difference a pixel. An exact copy would have 0."
    )
