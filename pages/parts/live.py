"""Following runs while they train: what is known of them by now, and when to look again."""

import math
import time
from collections.abc import Sequence

import streamlit as st

from vae.runs import Run, Store
from vae.runs.follow import Follower

FIRST_SECONDS = 0.2
SOON_SECONDS, SELDOM_SECONDS = 0.5, 5.0
# After a click on Stop or Pause.
STOPPING_SECONDS = 2.0
YOUNG_AGE = 6
# Of a training's age, after which to look again.
AGE_SHARE = 1 / 6


@st.cache_resource(max_entries=64, show_spinner=False)
def follower(_record: Store, run_id: str) -> Follower:
    """Everybody's view on one run, so that ten viewers read its steps once."""
    return Follower(_record, run_id)


def refresh_seconds(runs: Sequence[Run]) -> float | None:
    """How often to look again; None if nothing waits or trains.

    Soon for what has just begun or is to stop, ever more seldom for what takes long, as a look takes time from a
    training on the same computer.
    """
    active = [run for run in runs if run.active]
    if not active:
        return None
    now = next((run for run in active if run.state == "running"), active[0])
    age = time.time() - (now.started or now.created)
    # One step is no curve yet.
    if now.step <= 1 and age <= YOUNG_AGE:
        return FIRST_SECONDS
    return STOPPING_SECONDS if now.stop_asked else min(max(age * AGE_SHARE, SOON_SECONDS), SELDOM_SECONDS)


def duration(seconds: float) -> str:
    """A time for people: "8 s", "3 min"; "unknown" for nan."""
    if not math.isfinite(seconds):
        return "unknown"
    if seconds < 99:
        return f"{math.ceil(seconds)} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
