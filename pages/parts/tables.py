"""Rows and sentences about runs, for Compare and Runs."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import streamlit as st

from pages.parts.pickers import loop_title
from vae import curves
from vae.config import RunConfig, field_title
from vae.runs import Metrics, Run

_FIGURE = st.column_config.NumberColumn
COLUMNS = {
    "Loss": _FIGURE(
        format="%.5f", help="The last epoch's mean, weighted by the images in each batch: what fit() prints."
    ),
    "Running mean": _FIGURE(format="%.5f", help="The mean of all steps, never reset: what the tutorial's tape prints."),
    "Reconstruction error": _FIGURE(format="%.5f", help="The last epoch's squared error a pixel."),
    "KL term": _FIGURE(format="%.2e", help="The last epoch's KL, as the loss counts it."),
    "Test error": _FIGURE(format="%.5f", help="Squared error a pixel on the 10,000 test images."),
    "Active units": st.column_config.TextColumn(help="Latent units whose mean varies by more than .01 across images."),
    "Steps a second": _FIGURE(format="%.0f", help="Optimizer steps a second, after the first epoch."),
    "Seconds": _FIGURE(format="%.1f", help="From the first step's start to the last step's end, compilation included."),
    "Created": st.column_config.DatetimeColumn(format="D MMM, HH:mm"),
    "Progress": st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1),
}


def verdict(runs: Sequence[Run], metrics: Mapping[str, Metrics]) -> str:
    """Whether the runs did the same, in a sentence; `runs` are two or more, each with metrics."""
    first, *others = runs
    differences = [curves.loss_difference(metrics[first.id], metrics[other.id]) for other in others]
    farthest = max(differences, key=lambda difference: difference.largest)
    if any(run.config != first.config for run in others):
        return f"Their settings differ, and so do their losses: by up to {farthest.largest:.2g} in one step."
    if farthest.first_step is None:
        return f"Identical to the last bit for {min(d.steps for d in differences):,} steps."
    return (
        f"They differ from step {farthest.first_step:,} on, by at most {farthest.largest:.2g} in the loss of one step."
    )


def is_tutorial(run: Run) -> bool:
    """Whether the tutorial's printed values are about this training: its settings, with any seed and epochs."""
    return run.config.model_copy(update={"seed": 0, "epochs": 3}) == RunConfig()


def figures(run: Run, metrics: Metrics) -> dict[str, Any]:
    """Final figures and speed of a run, a row of a table."""
    last = curves.epoch_losses(metrics)[-1]
    speed = curves.steps_per_second(metrics)
    test = run.result or {}
    return {
        "Run": run.name,
        "Loop": loop_title(run),
        "Loss": last["loss"],
        "Running mean": curves.running_mean(metrics, metrics.loss)[-1],
        "Reconstruction error": last["reconstruction"],
        "KL term": last["kl"],
        "Test error": test.get("reconstruction"),
        "Active units": f"{test['active_units']} of {test['units']}" if test else None,
        "Steps a second": speed if math.isfinite(speed) else None,
        "Seconds": metrics.seconds[-1],
    }


def differing_settings(runs: Sequence[Run]) -> list[dict[str, str]]:
    """The settings in which the runs are not all equal, a row a setting and a column a run."""
    rows = []
    for name in RunConfig.model_fields:
        values = [getattr(run.config, name) for run in runs]
        if len(set(values)) > 1:
            columns = {
                f"{number}. {run.name}": str(value)
                for number, (run, value) in enumerate(zip(runs, values, strict=True), 1)
            }
            rows.append({"Setting": field_title(name), **columns})
    return rows


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
