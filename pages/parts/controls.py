"""Stopping and pausing a run that is under way, and going on with one that was broken off."""

import streamlit as st

from pages.parts import visitors
from vae import requests
from vae.runs import Run, Store, checkpoints
from vae.runs.run import RESUMABLE


def show(record: Store, run: Run) -> None:
    """The buttons that fit the run's state."""
    if run.active:
        with st.container(horizontal=True):
            st.button(
                "Stop",
                icon=":material/stop_circle:",
                on_click=visitors.do,
                args=(requests.stop, record, run.id),
                **visitors.guard(
                    record,
                    "Ends the training after the step under way. What was trained is kept and tested.",
                    disabled=run.stop_asked is not None and not run.pause_asked,
                ),
            )
            st.button(
                "Pause",
                icon=":material/pause_circle:",
                on_click=visitors.do,
                args=(requests.pause, record, run.id),
                **visitors.guard(
                    record,
                    "Breaks off after the step under way and makes room for other runs, until you press Resume.",
                    disabled=run.stop_asked is not None,
                ),
            )
    elif run.state in RESUMABLE:
        st.button(
            "Resume",
            icon=":material/resume:",
            on_click=visitors.do,
            args=(requests.resume, record, run.id),
            **visitors.guard(record, _where(record, run)),
        )


def _where(record: Store, run: Run) -> str:
    """Where a run would go on."""
    step = checkpoints.newest_step(record.weights_folder(run.id))
    if step is None:
        return "It has no checkpoint, so it starts from the beginning."
    return f"Goes on after step {step:,}, from its newest checkpoint."
