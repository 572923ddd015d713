"""What the steps of a training say about its health while it runs."""

import numpy as np

from vae.config import RunConfig
from vae.runs import Metrics
from vae.translation import translate

STEPS = 200
NEAR = 0.02
SILENT_NATS = 0.05


def answers_mean_image(metrics: Metrics, config: RunConfig, mean_image: float) -> bool:
    """Whether the last 200 steps have the error of always answering the mean image, and codes that say nothing.

    Args:
        metrics: all steps so far.
        config: how it is trained.
        mean_image: squared error a pixel of answering the mean image.
    """
    if len(metrics.step) < 2 * STEPS:
        return False
    sizes = metrics.batch_size[-STEPS:]
    reconstruction, kl = (np.average(term[-STEPS:], weights=sizes) for term in (metrics.reconstruction, metrics.kl))
    silent = translate(config, float(reconstruction), float(kl)).kl < SILENT_NATS
    return bool(silent and abs(reconstruction / mean_image - 1) < NEAR)
