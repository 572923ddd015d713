"""What runs came to and how their settings differ, as rows of tables."""

from collections.abc import Sequence
from typing import Any

from vae import curves
from vae.config import EXECUTION, RunConfig
from vae.names import loop_title
from vae.runs import Metrics, Run
from vae.settings import field_title

# The tutorial's printed values are about its settings with any of these: they change chance, length or speed.
TUTORIAL_KEEPS = ("epochs", "seed", "weights_shift", "order_shift", "noise_shift", *EXECUTION)


def is_tutorial(run: Run) -> bool:
    """Whether the tutorial's printed values are about this training: its settings, with any seed and epochs."""
    settled = {name: RunConfig.model_fields[name].default for name in TUTORIAL_KEEPS}
    return run.config.model_copy(update=settled) == RunConfig()


def figures(run: Run, metrics: Metrics) -> dict[str, Any]:
    """What a run came to, a row of a table."""
    last = curves.epoch_losses(metrics)[-1]
    test = run.result or {}
    return {
        "Run": run.id[:6],
        "Loop": loop_title(run),
        "Loss": last["loss"],
        "Running mean": curves.running_mean(metrics, metrics.loss)[-1],
        "Reconstruction error": last["reconstruction"],
        "KL term": last["kl"],
        "Test error": test.get("reconstruction"),
        "Active units": f"{test['active_units']} of {test['units']}" if test else None,
    }


def differing_settings(runs: Sequence[Run]) -> list[dict[str, str]]:
    """The settings in which the runs are not all equal: a row a run, a column a setting."""
    differing = [name for name in RunConfig.model_fields if len({getattr(run.config, name) for run in runs}) > 1]
    return [
        {"Run": run.id[:6], **{field_title(name): str(getattr(run.config, name)) for name in differing}}
        for run in runs
        if differing
    ]
