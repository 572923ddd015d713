"""What the steps of a training say about its health while it runs."""

import math

import numpy as np
from numpy.typing import NDArray

from vae import warm_up
from vae.config import PIXELS, RunConfig
from vae.curves import epoch_losses
from vae.runs import Metrics
from vae.translation import Translation, translate

STEPS = 200
NEAR = 0.02
SILENT_NATS = 0.05


def floor(config: RunConfig, x: NDArray[np.float32]) -> float:
    """The reconstruction term of always answering the mean image, in the unit of the loss.

    Args:
        config: how it is trained.
        x: float32 [n, 784], the training images; grey if they are binarized anew in every epoch.
    """
    mean = x.mean(axis=0, dtype=np.float64)
    if config.likelihood == "bernoulli":
        p = np.clip(mean, 1e-12, 1 - 1e-12)
        return float(-(mean * np.log(p) + (1 - mean) * np.log(1 - p)).sum())
    # A pixel that is drawn as 1 with probability p has the variance p (1 - p) around its mean.
    squares = mean if config.inputs == "dynamic" else np.einsum("ij,ij->j", x, x, dtype=np.float64) / len(x)
    variance = float((squares - mean**2).mean())
    if config.per_pixel:
        return variance
    sigma = config.sigma if config.likelihood == "gaussian" else math.sqrt(variance)
    return PIXELS * (variance / (2 * sigma**2) + math.log(sigma) + 0.5 * math.log(2 * math.pi))


def answers_mean_image(metrics: Metrics, config: RunConfig, mean_image: float) -> bool:
    """Whether the last 200 steps have the error of always answering the mean image, and codes that say nothing.

    Args:
        metrics: all steps so far.
        config: how it is trained.
        mean_image: see `floor`.
    """
    if len(metrics.step) < 2 * STEPS:
        return False
    sizes = metrics.batch_size[-STEPS:]
    reconstruction, kl = (np.average(term[-STEPS:], weights=sizes) for term in (metrics.reconstruction, metrics.kl))
    share = kl_share(config, metrics.step[-STEPS:], sizes)
    silent = translate(config, float(reconstruction), float(kl), share).kl < SILENT_NATS
    return bool(silent and abs(reconstruction - mean_image) < NEAR * abs(mean_image))


def translate_last_epoch(metrics: Metrics, config: RunConfig) -> Translation:
    """The mean loss of a training's last epoch in other units, with the KL's share averaged over the same steps."""
    last, of_epoch = epoch_losses(metrics)[-1], metrics.epoch == metrics.epoch[-1]
    share = kl_share(config, metrics.step[of_epoch], metrics.batch_size[of_epoch])
    return translate(config, last["reconstruction"], last["kl"], share)


def kl_share(config: RunConfig, step: NDArray[np.int64], sizes: NDArray[np.int64]) -> float:
    """The share of the KL's weight that counted at some steps, on average over their images."""
    period = config.warm_up_epochs * config.steps_per_epoch
    shares = warm_up.share(config.warm_up, period, step.astype(float))
    return float(np.average(np.broadcast_to(shares, len(step)), weights=sizes))
