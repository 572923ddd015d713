"""Rows and sentences about runs, for Compare and Runs."""

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from pages.parts.pickers import check_switch, plain
from vae import curves
from vae.comparison import Groups
from vae.names import loop_title
from vae.proof import weight_differences
from vae.runs import Metrics, Run, Store
from vae.runs.weights import WeightsError
from vae.settings import field_title

_FIGURE = st.column_config.NumberColumn
COLUMNS = {
    "Loss": _FIGURE(
        format="%.5f", help="The last epoch's mean, weighted by the images in each batch: what fit() prints."
    ),
    "Running mean": _FIGURE(format="%.5f", help="The mean of all steps, never reset: what the tutorial's tape prints."),
    "Reconstruction error": _FIGURE(format="%.5f", help="The last epoch's: squared error a pixel, or nats an image."),
    "KL term": _FIGURE(format="%.2e", help="The last epoch's KL, as the loss counts it."),
    "Test error": _FIGURE(format="%.5f", help="Squared error a pixel on the 10,000 test images."),
    "Active units": st.column_config.TextColumn(help="Latent units whose mean varies by more than .01 across images."),
    "Steps a second": _FIGURE(format="%.0f", help="Optimizer steps a second, after the first epoch."),
    "Images a second": _FIGURE(format="%.0f", help="The same in images."),
    "First epoch": _FIGURE(format="%.2f s", help="Compilation included, which is why it is longer."),
    "Later epochs": _FIGURE(format="%.2f s", help="The median of the epochs after the first."),
    "Seconds": _FIGURE(format="%.1f", help="From the first step's start to the last step's end, compilation included."),
    "Created": st.column_config.DatetimeColumn(format="D MMM, HH:mm"),
    "Progress": st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1),
}


@st.cache_data(show_spinner=False, max_entries=100)
def _weights_apart(_record: Store, a: str, b: str, steps: tuple[int, int]) -> list[tuple[int, float]]:
    return weight_differences(_record, a, b)


def weights(record: Store, groups: Groups) -> None:
    """How far the weights of each line's first run are from the first line's, at every epoch's end; read when asked."""
    (_, (first, *_)), *others = groups.items()
    check_switch("weights")
    if not st.toggle(
        f"Largest difference of a weight from {plain(loop_title(first))}",
        key="weights",
        bind="query-params",
        help="Reads the weights that were kept at the end of every epoch, and lays them beside each other.",
    ):
        return
    columns = {}
    try:
        for name, (run, *_) in others:
            apart = _weights_apart(record, first.id, run.id, (first.step, run.step))
            columns[name] = {step: f"{difference:.1e}" if difference else "0" for step, difference in apart}
    except WeightsError as error:
        st.caption(str(error))
        return
    if not any(columns.values()):
        st.caption("They keep no weights of the same step.")
        return
    table = pd.DataFrame(columns)
    table.insert(0, "After step", [f"{step:,}" for step in table.index])
    st.dataframe(table, hide_index=True, alt="Largest difference of a weight at every epoch's end")


def speeds(run: Run, metrics: Metrics) -> dict[str, Any]:
    """How fast a run was, a row of a table."""
    speed = curves.steps_per_second(metrics)
    seconds = curves.epoch_seconds(metrics)
    return {
        "Run": run.id[:6],
        "Loop": loop_title(run),
        "Steps a second": speed if math.isfinite(speed) else None,
        "Images a second": speed * run.config.batch_size if math.isfinite(speed) else None,
        "First epoch": seconds[0],
        "Later epochs": float(np.median(seconds[1:])) if len(seconds) > 1 else None,
        "Seconds": metrics.seconds[-1],
    }


def overview(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """Every run, a row each."""
    return [
        {
            "Run": run.name,
            "Loop": loop_title(run),
            "State": run.state,
            "Progress": run.step / run.config.steps,
            "Created": datetime.fromtimestamp(run.created),
            "Test error": (run.result or {}).get("reconstruction"),
            "Active units": f"{run.result['active_units']} of {run.result['units']}" if run.result else None,
            **{
                field_title(name): getattr(run.config, name)
                for name in ("epochs", "latent_dim", "kl_reduction", "kl_weight", "batch_size", "seed")
            },
        }
        for run in runs
    ]
