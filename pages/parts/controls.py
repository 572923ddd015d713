"""Stopping and pausing a run that is under way, and going on with one that was broken off."""

from collections.abc import Callable

import streamlit as st

from pages.parts import visitors
from vae import requests
from vae.runs import Run, Store, checkpoints
from vae.runs.run import RESUMABLE


def show(record: Store, run: Run) -> None:
    """The buttons that fit the run's state."""

    def button(label: str, icon: str, act: Callable, help: str, disabled: bool = False) -> None:
        guarded = visitors.guard(record, help, disabled=disabled)
        st.button(label, icon=icon, on_click=visitors.do, args=(act, record, run.id), **guarded)

    if run.active:
        with st.container(horizontal=True):
            button(
                "Stop",
                ":material/stop_circle:",
                requests.stop,
                "Ends the training after the step under way. What was trained is kept and tested.",
                run.stop_asked is not None and not run.pause_asked,
            )
            button(
                "Pause",
                ":material/pause_circle:",
                requests.pause,
                "Breaks off after the step under way and makes room for other runs, until you press Resume.",
                run.stop_asked is not None,
            )
    elif run.state in RESUMABLE:
        button("Resume", ":material/resume:", requests.resume, _where(record, run))


def _where(record: Store, run: Run) -> str:
    """Where a run would go on."""
    step = checkpoints.newest_step(record.weights_folder(run.id))
    if step is None:
        return "It has no checkpoint, so it starts from the beginning."
    return f"Goes on after step {step:,}, from its newest checkpoint."
