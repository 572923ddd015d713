"""Trained models, loaded once for everybody who looks at them, and the choice of one."""

from typing import Any, NoReturn

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.parts.pickers import check_url, pick_run
from vae import data as data_module
from vae.config import PIXELS
from vae.data import Data, DataError, as_inputs, entry, load
from vae.latent import Codes, active_units, decode, encode, noise, sampled, squared_errors
from vae.runs import Run, Store, StoreError, weights
from vae.runs.run import ACTIVE, ENDED

FEW, SOME = 1000, 250


@st.cache_resource(max_entries=32, show_spinner=False)
def model(_record: Store, run_id: str, step: int):
    """The model of a run after `step` optimizer steps, as `vae.training.load_moment` gives it."""
    from vae.training import load_moment

    return load_moment(_record, _record.get(run_id), step)


@st.cache_resource(max_entries=4, show_spinner="Reading the images…")
def dataset(name: str, inputs: str = "grey") -> Data:
    """The dataset `name` as a model is tested on it, see `vae.data.as_inputs`; do not change it."""
    return as_inputs(load(name), inputs)


@st.cache_resource(max_entries=8, show_spinner="Encoding the test images…")
def codes(run_id: str, step: int, _model, _data: Data) -> Codes:
    """The codes of all test images by the model of a run after `step` optimizer steps; do not change them."""
    return encode(_model, _data.x_test)


@st.cache_resource(max_entries=64, show_spinner=False)
def in_use(run_id: str, step: int, _model, _data: Data) -> int:
    """How many units of the model of a run are in use, by the first 250 test images: soon known."""
    return active_units(encode(_model, _data.x_test[:SOME]))


@st.cache_resource(max_entries=8, show_spinner=False)
def _noise(n: int, latent_dim: int):
    return noise(n, latent_dim, 0)


def z_of(model, data: Data, mean: bool, chosen: NDArray[np.intp]) -> NDArray[np.float32]:
    """What is decoded for some test images: float32 [n, latent_dim].

    Args:
        model: a `vae.model.moment.Moment`.
        data: their dataset.
        mean: whether it is the mean of each code, or one draw of z.
        chosen: the images' numbers.
    """
    codes = encode(model, data.x_test[chosen])
    return codes.z_mean if mean else sampled(codes, _noise(len(data.x_test), codes.z_mean.shape[1])[chosen])


@st.cache_resource(max_entries=4, show_spinner=False)
def mean_image(name: str, inputs: str, _data: Data):
    """The mean training image, float32 [784]; do not change it."""
    return data_module.mean_image(_data).astype(np.float32)


@st.cache_resource(max_entries=8, show_spinner=False)
def by_distance(run_id: str, step: int, mean: bool, to: str, _model, _data: Data, _targets):
    """The places of the first 1,000 test images, ordered by the reconstruction's distance to what it is compared with.

    The nearest comes first; do not change them. To decode all 10,000 takes a convolution seconds.

    Args:
        run_id: a run.
        step: the moment of it.
        mean: what is decoded, as in `z_of`.
        to: what `_targets` are, a name.
        _model: the model at that moment.
        _data: its dataset.
        _targets: float32 [n, 784] or [1, 784], what the reconstructions are compared with.
    """
    answers = decode(_model, z_of(_model, _data, mean, np.arange(min(FEW, len(_data.x_test)))))
    return np.argsort(squared_errors(_targets[:FEW], answers), kind="stable")


def moments(record: Store, run: Run) -> dict[int, str]:
    """The kept moments of a run and their names for people: {938: "epoch 1"}, ascending."""
    each = run.config.steps_per_epoch
    steps = weights.steps(record.weights_folder(run.id))
    return {step: _moment(step, each) for step in steps}


def _moment(step: int, each: int) -> str:
    if step == 0:
        return "before training"
    return f"epoch {step // each}" if step % each == 0 else f"step {step:,}"


def pick(record: Store, empty: str) -> tuple[Run, int]:
    """Draws the choice of a run and of one of its kept moments, the last unless somebody chose another.

    Args:
        record: the record.
        empty: what a page without runs says; the page ends there.

    Returns:
        the run, and the optimizer steps done at that moment.
    """
    run = pick_run(record, [state for state in ACTIVE + ENDED if state != "queued"])
    if run is None:
        st.info(empty)
        _to_training()
    steps = {name: step for step, name in moments(record, run).items()}
    if not steps:
        st.info(
            "This run has no weights yet: it waits for its turn, or has just begun. Come back in a moment."
            if run.active
            else "This run has no weights to look at; choose another one."
        )
        _to_training()
    last = list(steps)[-1]
    if "epoch" not in st.session_state:
        check_url(
            "epoch", steps.__contains__, "one of " + ", ".join(list(steps)[:6]) + (", …" if len(steps) > 6 else "")
        )
    elif (
        st.session_state["epoch"] in (st.session_state.get("last_epoch"), None)
        or st.session_state["epoch"] not in steps
    ):
        # Whoever did not choose a moment sees the last one of every run, also of a run that still trains.
        st.session_state["epoch"] = last
    st.session_state["last_epoch"] = last
    chosen = st.select_slider(
        "Epoch",
        list(steps),
        value=last,
        key="epoch",
        bind="query-params",
        help="The model as it was at the end of this epoch. Move back in time to see how it got there.",
    )
    return run, steps.get(chosen, steps[last])


def opened(record: Store, run: Run, step: int) -> tuple[Any, Data]:
    """The model of a run at a moment, and its dataset; ends the page with a sentence if either cannot be had."""
    try:
        return model(record, run.id, step), dataset(run.config.dataset, run.config.inputs)
    except weights.WeightsError as error:
        st.error(f"{error} Choose another epoch or run.")
    except (DataError, StoreError) as error:
        st.error(str(error))
    st.stop()


def labels(run: Run) -> tuple[str, ...]:
    """The names of the classes of a run's dataset; ends the page with a sentence if it is not here."""
    try:
        return entry(run.config.dataset).labels
    except DataError as error:
        st.error(str(error))
        st.stop()


def explain_collapse(run: Run) -> None:
    """Says why a model answers the same to everything, and what helps."""
    why = (
        "In its loss the KL term outweighs the error that codes could save. The cheapest answer is then to let the "
        "codes say nothing and to draw the average of all images every time."
    )
    if run.config.kl_reduction == "mean":
        why += (
            f" That comes from averaging the error over {PIXELS} pixels but the KL over {run.config.latent_dim} units: "
            f"a nat of KL counts {PIXELS / run.config.latent_dim:.3g} times as much as with both divided by {PIXELS}."
        )
    st.markdown(why)
    if run.config.kl_reduction == "mean":
        settings = {"kl_reduction": "sum", "latent_dim": run.config.latent_dim}
        st.page_link(
            "pages/train.py", label="Train it with the KL summed", icon=":material/play_circle:", query_params=settings
        )


def _to_training() -> NoReturn:
    st.page_link("pages/train.py", label="Train a model", icon=":material/play_circle:")
    st.stop()
