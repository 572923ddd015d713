"""One loss in the units that other texts use: a sum over pixels, nats an image, bits a dimension.

With a Gaussian likelihood of variance 1 an image's reconstruction costs SSE / 2 + 392 log(2 pi) nats, SSE being the
squared error summed over its 784 pixels (Kingma and Welling 2014, appendix C.2). Half of 784 times the tutorial's loss
is therefore SSE / 2 + beta KL: what a beta-VAE minimizes (Higgins et al. 2017), whatever the KL was averaged over.
A Gaussian's or Bernoulli's loss is in nats already.
"""

import math
from typing import NamedTuple

from vae.config import PIXELS, RunConfig


class Translation(NamedTuple):
    """One loss in several units.

    Attributes:
        per_pixel: a pixel, in the unit that it was trained in: squared error plus the KL term, or nats.
        total: summed over the pixels of an image.
        nats: the beta-weighted negative bound, nats an image; of a squared error as a Gaussian of variance 1.
        bits: the same in bits a dimension; of a Gaussian that of a density over pixels in 0..1.
        kl: what of it is KL, unweighted, nats an image; nan if that cannot be told.
        beta: the weight of that KL beside -log p(x|z); at 1 the bound is the evidence bound itself.
    """

    per_pixel: float
    total: float
    nats: float
    bits: float
    kl: float
    beta: float


def effective_beta(config: RunConfig) -> float:
    """The weight of an image's KL, in nats, beside -log p(x|z): half the summed squared error if that is trained."""
    return config.kl_weight * (PIXELS / 2 if config.per_pixel else 1) / _shares(config)


def translate(config: RunConfig, reconstruction: float, kl: float, share: float = 1.0) -> Translation:
    """Translates a loss.

    Args:
        config: how it was trained.
        reconstruction: the reconstruction term, squared error a pixel or nats an image.
        kl: the KL term as the loss adds it.
        share: of the KL's weight that counted, see `vae.warm_up.share`.
    """
    loss = reconstruction + kl
    total = PIXELS * loss if config.per_pixel else loss
    nats = PIXELS / 2 * (loss + math.log(2 * math.pi)) if config.per_pixel else loss
    known = config.kl_weight * share > 0 and not config.free_bits and config.bound == "elbo"
    unweighted = kl * _shares(config) / (config.kl_weight * share) if known else math.nan
    return Translation(
        total / PIXELS, total, nats, nats / PIXELS / math.log(2), unweighted, effective_beta(config) * share
    )


def _shares(config: RunConfig) -> int:
    """What an image's KL, in nats, is divided by in the loss."""
    if config.kl_reduction == "mean":
        return config.latent_dim
    return PIXELS if config.per_pixel else 1
