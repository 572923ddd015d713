"""One loss in the units that other texts use: a sum over pixels, nats an image, bits a dimension.

With a Gaussian likelihood of variance 1 an image's reconstruction costs SSE / 2 + 392 log(2 pi) nats, SSE being the
squared error summed over its 784 pixels (Kingma and Welling 2014, appendix C.2). Half of 784 times our loss is
therefore SSE / 2 + beta KL: what a beta-VAE minimizes (Higgins et al. 2017), whatever the KL was averaged over.
"""

import math
from typing import NamedTuple

from vae.config import PIXELS, RunConfig


class Translation(NamedTuple):
    """One loss in several units.

    Attributes:
        per_pixel: as it was trained: squared error a pixel plus the KL term.
        total: summed over the pixels of an image.
        nats: the beta-weighted negative evidence bound of a Gaussian of variance 1, nats an image.
        bits: the same in bits a dimension, of a density over pixels in 0..1.
        kl: what of it is KL, unweighted, nats an image; nan if the KL has no weight.
        beta: the weight of that KL beside SSE / 2; at 1 the bound is the evidence bound itself.
    """

    per_pixel: float
    total: float
    nats: float
    bits: float
    kl: float
    beta: float


def effective_beta(config: RunConfig) -> float:
    """The weight of an image's KL, in nats, beside half its summed squared error."""
    return config.kl_weight * PIXELS / (2 * _shares(config))


def translate(config: RunConfig, reconstruction: float, kl: float) -> Translation:
    """Translates a loss.

    Args:
        config: how it was trained.
        reconstruction: the reconstruction term, squared error a pixel.
        kl: the KL term as the loss adds it.
    """
    loss = reconstruction + kl
    nats = PIXELS / 2 * (loss + math.log(2 * math.pi))
    unweighted = kl * _shares(config) / config.kl_weight if config.kl_weight else math.nan
    return Translation(loss, PIXELS * loss, nats, nats / PIXELS / math.log(2), unweighted, effective_beta(config))


def _shares(config: RunConfig) -> int:
    """What an image's KL, in nats, is divided by in the loss."""
    return config.latent_dim if config.kl_reduction == "mean" else PIXELS
