"""A long race written into a record without training: plausible curves at no cost."""

import os
from typing import Any

import numpy as np
import psutil

from vae.config import RunConfig
from vae.jobs.processes import born
from vae.runs import Metrics, Store, copies
from vae.runs.run import new_id

LONG = RunConfig(epochs=100)
SECONDS_PER_STEP = 2.1e-3
# What `vae.evaluation.evaluate` says of the tutorial's model.
RESULT: dict[str, Any] = {
    "reconstruction": 0.0675,
    "mean_image": 0.0673,
    "kl": 0.0002,
    "active_units": 0,
    "units": 32,
    "reconstruction_variance": 1e-6,
    "images": 10_000,
    "verdict": "Collapsed: it answers the mean image to everything, and none of its 32 latent units is in use.",
}


def synthetic_metrics(config: RunConfig) -> Metrics:
    """Metrics shaped like those of a training by `config`: a fall from the bad start, then noise about a level."""
    step = np.arange(config.steps)
    noise = np.random.default_rng(config.seed).normal(0, 1.5e-3, config.steps)
    reconstruction = 0.0675 + 0.17 * np.exp(-step / 60) + noise
    kl = 0.02 * np.exp(-step / 90) + 1e-6
    sizes = np.full(config.steps, config.batch_size)
    last = config.images - (config.steps_per_epoch - 1) * config.batch_size
    sizes[config.steps_per_epoch - 1 :: config.steps_per_epoch] = last
    epoch = step // config.steps_per_epoch
    return Metrics(step, epoch, sizes, reconstruction + kl, reconstruction, kl, (step + 1) * SECONDS_PER_STEP)


def write_race(record: Store, config: RunConfig = LONG, loops: tuple[str, ...] = ("tape", "fit")) -> list[str]:
    """Records one finished run a loop, all with the same metrics, as one race; returns their ids."""
    race = new_id()
    return [_write(record, config, loop, race) for loop in loops]


def _write(record: Store, config: RunConfig, loop: str, race: str) -> str:
    run_id = record.create(config, loop, "Long", race)
    record.claim(run_id, os.getpid(), born(psutil.Process()))
    metrics = synthetic_metrics(config)
    for start in range(0, config.steps, config.steps_per_epoch):
        record.append(run_id, Metrics._make(column[start : start + config.steps_per_epoch] for column in metrics))
    record.end(run_id, "finished", result=RESULT)
    copies.write(record, run_id)
    return run_id
