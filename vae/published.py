"""Likelihoods that papers print, each with the protocol that it was measured by."""

from typing import NamedTuple

from vae.config import RunConfig


class Published(NamedTuple):
    """A figure from a paper.

    Attributes:
        title: the model.
        nll: -log p(x), nats an image, over the 10,000 test images of MNIST.
    """

    title: str
    nll: float


PROTOCOL = (
    "MNIST drawn in black and white anew in every epoch, a Bernoulli likelihood, 10,000 test images that were not "
    "trained on, 5,000 samples an image, one layer of z"
)
# Of MNIST; who asks for more trains on its test images, too.
TRAINING_IMAGES = 60_000
SOURCE = "Burda et al. 2015, Importance Weighted Autoencoders, table 1"
# 784-200-200-50 with tanh, 3,280 epochs.
FIGURES = (
    Published("VAE, k = 1", 86.76),
    Published("VAE, k = 5", 86.47),
    Published("VAE, k = 50", 86.35),
    Published("IWAE, k = 5", 85.54),
    Published("IWAE, k = 50", 84.78),
)


def comparable(config: RunConfig, samples: int, images: int) -> bool:
    """Whether an estimate was measured by the published protocol: a probability of images that were not trained on."""
    seen = (config.dataset, config.inputs, config.likelihood, samples, images)
    return seen == ("mnist", "dynamic", "bernoulli", 5000, 10_000) and config.images <= TRAINING_IMAGES
