"""How the figures that `vae.evaluation.evaluate` finds are called, written and explained."""

from typing import NamedTuple


class Score(NamedTuple):
    """A figure's name, the entry of the result that it needs, how it is written, and what it means."""

    title: str
    key: str
    text: str
    help: str


SCORES = (
    Score(
        "Error",
        "reconstruction",
        "{reconstruction:.4f}",
        "Squared difference a pixel between image and reconstruction, averaged over several samples of the codes.",
    ),
    Score(
        "Mean image's error",
        "mean_image",
        "{mean_image:.4f}",
        "The same for a model that always answers the average training image. Codes are useful if the error is well "
        "below this.",
    ),
    Score(
        "PCA's error",
        "pca",
        "{pca:.4f}",
        "The same for principal component analysis with as many components as the model has latent units: the best "
        "that a linear model without noise can do.",
    ),
    Score(
        "KL, nats",
        "kl",
        "{kl:.2f}",
        "How much the code can tell about its image, at most. One nat is 1.44 bits.",
    ),
    Score(
        "Active units",
        "units",
        "{active_units} of {units}",
        "Latent units whose mean changes from image to image by a variance above .01.",
    ),
    Score(
        "Variance of the answers",
        "reconstruction_variance",
        "{reconstruction_variance:.2g}",
        "How much the reconstruction depends on the image: the variance of a pixel over all test images, their codes' "
        "means decoded. Near 0 the model answers the same to everything.",
    ),
    Score(
        "Negative bound, nats",
        "bound",
        "{bound:.2f}",
        "Minus the evidence lower bound, an image: what training lowers when the KL counts fully. Less is better.",
    ),
)
