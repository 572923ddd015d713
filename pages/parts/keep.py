"""Pinning a run, so that it stays."""

import streamlit as st

from pages.parts import visitors
from vae import requests
from vae.runs import Run, Store


def toggle(record: Store, run: Run) -> None:
    """A switch that pins a run; a refusal leaves it as it was."""
    key = f"pinned_{run.id}"
    st.session_state[key] = run.pinned
    help = "A pinned run cannot be deleted, and stays when the oldest runs make room on the disk for new ones."
    st.toggle(
        "Pinned",
        key=key,
        on_change=lambda: visitors.do(requests.pin, record, run.id, st.session_state[key]),
        **visitors.guard(record, help),
    )
