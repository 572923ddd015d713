"""A second run on the same images."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.parts import models
from vae import latent
from vae.names import label
from vae.runs import Run, Store, weights
from vae.runs.run import ENDED


def pick(record: Store, run: Run) -> Run | None:
    """A list of the other runs that were trained on images like those of `run`; None unless one is picked."""

    def comparable(other: Run) -> bool:
        same = (other.config.dataset, other.config.inputs) == (run.config.dataset, run.config.inputs)
        return other.id != run.id and same and bool(weights.steps(record.weights_folder(other.id)))

    by_id = {other.id: other for other in record.newest(ENDED) if comparable(other)}
    asked = st.query_params.get("beside")
    if asked is not None and asked not in by_id:
        st.warning("The run to stand beside this one is gone, or was trained on other images; choose another one.")
        del st.query_params["beside"]
        asked = None
    if not by_id:
        return None
    st.session_state["picked_other"] = asked

    def to_url() -> None:
        if st.session_state["picked_other"] is None:
            st.query_params.pop("beside", None)
        else:
            st.query_params["beside"] = st.session_state["picked_other"]

    chosen = st.selectbox(
        "Beside it",
        list(by_id),
        index=None,
        format_func=lambda run_id: label(by_id[run_id]),
        key="picked_other",
        on_change=to_url,
        placeholder="no other run",
        help="Another run, at its end, on the same images.",
    )
    return None if chosen is None else by_id[chosen]


def answer(record: Store, run: Run, chosen: NDArray[np.intp], mean: bool) -> NDArray[np.float32]:
    """What a run, at its end, makes of some test images: float32 [n, 784].

    Args:
        record: the record.
        run: one with weights.
        chosen: the images' numbers.
        mean: whether the means of their codes are decoded, or samples.
    """
    step = max(models.moments(record, run))
    model, data = models.opened(record, run, step)
    return latent.decode(model, models.z_of(model, data, mean, chosen))
