"""The training as a moving map."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.parts import models
from pages.parts.pickers import check_switch
from vae import latent, map_figures, planes
from vae.data import Data
from vae.planes import Plane
from vae.runs import Run, Store

IMAGES, MOMENTS = 1500, 12


@st.cache_resource(max_entries=128, show_spinner=False)
def _z_mean(run_id: str, step: int, _model, _data: Data) -> NDArray[np.float32]:
    """The means of the codes of the first test images; do not change them."""
    return latent.encode(_model, _data.x_test[:IMAGES]).z_mean


@st.fragment
def show(record: Store, run: Run, plane: Plane, data: Data, labels: tuple[str, ...]) -> None:
    """Draws, when asked, how the codes of the first test images move over the plane from epoch to epoch.

    Args:
        record: the record.
        run: whose moments they are.
        plane: with two axes, the same at all moments.
        data: the dataset.
        labels: the names of its labels.
    """
    kept = models.moments(record, run)
    if len(kept) < 2:
        return
    check_switch("replay")
    if not st.toggle(
        "Replay the training",
        key="replay",
        bind="query-params",
        help="Shows how the codes of some test images move over this plane from epoch to epoch.",
    ):
        return
    steps = [list(kept)[place] for place in np.unique(np.linspace(0, len(kept) - 1, MOMENTS).astype(int))]
    with st.spinner("Encoding the images of each epoch…"):
        moments = {
            kept[step]: planes.project(plane, _z_mean(run.id, step, models.opened(record, run, step)[0], data))
            for step in steps
        }
    drawn = map_figures.replay(moments, data.y_test[:IMAGES], labels, plane.titles)
    st.plotly_chart(drawn, key="replayed", config={"displayModeBar": False}, alt="The codes moving from epoch to epoch")
    st.caption(f"The codes (means) of the first {IMAGES:,} test images, on the plane of the epoch chosen above.")
