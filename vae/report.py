"""A run or a race, told as JSON for programs or as text for people."""

from typing import Any

import numpy as np

from vae import curves
from vae.config import RunConfig, allowed
from vae.runs import Metrics, Run, Store


def report(record: Store, run: Run) -> dict[str, Any]:
    """A run as `train --json` prints it."""
    metrics = record.metrics(run.id)
    return {
        "run": run.id,
        "status": run.state,
        "loop": run.loop,
        "seconds": float(metrics.seconds[-1]) if len(metrics.seconds) else 0.0,
        "steps": len(metrics.step),
        "epochs": curves.epoch_losses(metrics),
        "running_mean": curves.tutorial_log(metrics),
        "test": run.result,
        **({"error": run.error} if run.error else {}),
    }


def compare(record: Store, runs: list[Run]) -> dict[str, Any]:
    """The runs of a race as `race --json` prints them; a difference is null where the runs cannot be compared."""
    first, *others = [record.metrics(run.id) for run in runs]
    loss_difference = weight_difference = None
    if all(run.state == "finished" for run in runs):
        loss_difference = max(curves.loss_difference(first, other).largest for other in others)
        from vae.training import load_model

        models = [load_model(record, run, run.config.steps).get_weights() for run in runs]
        pairs = [(a, b) for model in models[1:] for a, b in zip(models[0], model, strict=True)]
        weight_difference = max(float(np.abs(np.subtract(a, b, dtype=np.float64)).max()) for a, b in pairs)
    rates = {run.loop: curves.steps_per_second(m) for run, m in zip(runs, [first, *others], strict=True)}
    return {
        "runs": {run.loop: run.id for run in runs},
        "max_abs_loss_difference": loss_difference,
        "max_abs_weight_difference": weight_difference,
        "steps_per_second": {loop: rate if np.isfinite(rate) else None for loop, rate in rates.items()},
    }


def log_lines(metrics: Metrics, run: Run) -> list[str]:
    """A run as text: the tape's log or Keras's, then the test figures."""
    lines = []
    if run.loop == "fit":
        for number, means in enumerate(curves.epoch_losses(metrics), 1):
            lines += [f"Epoch {number}/{run.config.epochs}", f"loss: {means['loss']:.4f}"]
    else:
        for epoch, step, mean in curves.tutorial_log(metrics):
            lines += [f"Start of epoch {epoch}"] if step == 0 else []
            lines.append(f"step {step}: mean loss = {mean:.4f}")
    return lines


def settings_table() -> str:
    """All settings with their defaults and limits, as a Markdown table."""
    rows = [
        f"| `{name}` | {field.title} | {field.default} | {allowed(name)} | {field.description} |"
        for name, field in RunConfig.model_fields.items()
    ]
    return "\n".join(
        ["| setting | label | default | allowed | what it does |", "| --- | --- | --- | --- | --- |", *rows]
    )


def closing_lines(run: Run) -> list[str]:
    """How a run ended, as text."""
    told = [f"Test error {run.result['reconstruction']:.4f} a pixel. {run.result['verdict']}"] if run.result else []
    return [*told, f"Run {run.id} {run.state}."]
