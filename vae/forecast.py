"""What theory says of a training before it begins: how many latent units can live, or whether the model will collapse.

Close to collapse a decoder is nearly linear, and a linear VAE is probabilistic PCA (Lucas et al. 2019, "Don't Blame the
ELBO!"; Tipping and Bishop 1999): a unit pays for its KL only along an eigenvector of the data's covariance whose
eigenvalue exceeds beta, the KL's weight beside half the summed squared error (`vae.translation.effective_beta`), times
the Gaussian's variance. A Bernoulli likelihood is, for faint codes, a Gaussian of the images divided by the standard
deviation sqrt(p (1 - p)) that the mean image p leaves each pixel, with variance 1.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vae.config import PIXELS, RunConfig
from vae.translation import effective_beta

# So near the threshold a training of a few epochs has not settled yet.
MARGIN = 1.25
FEW_STEPS = 1500


class Forecast(NamedTuple):
    """What is expected of a trained model.

    Attributes:
        bar: what an eigenvalue must exceed: the KL's weight times the variance.
        largest: the largest eigenvalue of the data's covariance.
        units: how many latent units can live.
        threshold: the KL weight from which on no unit can live.
        linear_error: squared error a pixel of the best linear VAE with these settings, on the images it trains on.
        mean_image: the same of always answering the mean image. Both of divided images if the likelihood is Bernoulli.
        linear_kl: nats an image of the same linear VAE; infinite if the KL has no weight.
        caveat: why the theory may not apply here, a sentence, or "".
    """

    bar: float
    largest: float
    units: int
    threshold: float
    linear_error: float
    mean_image: float
    linear_kl: float
    caveat: str

    @property
    def collapses(self) -> bool:
        """Whether no unit can live."""
        return self.units == 0


def forecast(config: RunConfig, eigenvalues: NDArray[np.float64]) -> Forecast:
    """What to expect of training `config`.

    Args:
        config: how it is trained.
        eigenvalues: float64 [784], of the covariance of the images, or of the divided ones for a Bernoulli likelihood,
            see `vae.pca.spectrum`.
    """
    mean_image = float(eigenvalues.sum() / PIXELS)
    # A learned sigma is, in a model that has collapsed, the deviation from the mean image.
    variance = {"gaussian": config.sigma**2, "learned_gaussian": mean_image}.get(config.likelihood, 1.0)
    bar = effective_beta(config) * variance
    alive = eigenvalues[: config.latent_dim]
    alive = alive[alive > bar] if not config.free_bits else alive
    # The linear VAE leaves the bar of each direction that it encodes, and all of the others.
    error = (eigenvalues.sum() - alive.sum() + bar * len(alive)) / PIXELS
    kl = 0.5 * float(np.log(alive / bar).sum()) if bar else math.inf
    largest = float(eigenvalues[0])
    threshold = largest / variance / effective_beta(config.model_copy(update={"kl_weight": 1.0}))
    caveat = _caveat(config, bar, largest)
    return Forecast(bar, largest, len(alive), threshold, float(error), mean_image, kl, caveat)


def cure(config: RunConfig) -> RunConfig:
    """The same training with a KL that leaves units alive: summed, and weighted no more than the evidence bound's."""
    weight, sigma = min(config.kl_weight, 1.0), min(config.sigma, 1.0)
    return config.model_copy(update={"kl_reduction": "sum", "kl_weight": weight, "sigma": sigma})


def sentence(found: Forecast, config: RunConfig) -> str:
    """A forecast in words."""
    unit = "of cross-entropy" if config.likelihood == "bernoulli" else "of half the squared error"
    weighed = (
        f"a nat of KL weighs as much as {found.bar:.3g} {unit}, and along the images' strongest "
        f"direction it pays back {found.largest:.3g} at most"
    )
    if found.collapses:
        return f"This will collapse: {weighed}. The codes will fall silent, and the answer will be the mean image."
    return (
        f"This will use its codes: {weighed}. A linear model would use {found.units} of {config.latent_dim} "
        f"unit{'s' if config.latent_dim > 1 else ''}; a network may use more."
    )


def _caveat(config: RunConfig, bar: float, largest: float) -> str:
    if config.free_bits:
        return "With free bits no unit has to pay for its first nats, so that none falls silent."
    if not bar:
        return "Without a KL there is nothing to weigh: the codes are free, and far from a normal distribution."
    if 1 / MARGIN < largest / bar < MARGIN:
        return "That is close to the threshold: a few epochs may not be enough to settle it."
    if config.steps < FEW_STEPS:
        return f"It holds for a training that has settled; {config.steps:,} steps may be too few."
    if config.bound == "iwae":
        return "The theory is about the evidence bound; the importance-weighted one tends to use more units."
    return ""
