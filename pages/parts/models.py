"""Trained models, loaded once for everybody who looks at them."""

import streamlit as st

from vae.runs import Run, Store, weights


@st.cache_resource(max_entries=16, show_spinner="Loading the model…")
def model(_record: Store, run_id: str, step: int):
    """The model of a run after `step` optimizer steps, as `vae.training.load_model` gives it."""
    from vae.training import load_model

    return load_model(_record, _record.get(run_id), step)


@st.cache_resource(max_entries=2, show_spinner="Reading the images…")
def dataset(name: str):
    """The dataset `name`, as `vae.data.load` gives it."""
    from vae.data import load

    return load(name)


def moments(record: Store, run: Run) -> dict[int, str]:
    """The kept moments of a run and their names for people: {938: "epoch 1"}, ascending."""
    each = run.config.steps_per_epoch
    steps = weights.steps(record.weights_folder(run.id))
    return {step: _moment(step, each) for step in steps}


def _moment(step: int, each: int) -> str:
    if step == 0:
        return "before training"
    return f"epoch {step // each}" if step % each == 0 else f"step {step:,}"
