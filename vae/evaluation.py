"""How good a trained model is on images it has not seen, and whether it collapsed."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae import pca
from vae.config import PIXELS
from vae.data import Data, mean_image
from vae.latent import Codes, active_units, decode, draw_z, encode, parts, variance

DRAWS = 32
# A convolution takes some 50 times as long.
FEW_DRAWS = 2


def evaluate(model, data: Data) -> dict[str, Any]:
    """Test figures of a model.

    Args:
        model: a built `VariationalAutoEncoder`.
        data: whose test images are used; the mean image is that of its training images.

    Returns:
        `reconstruction`: squared error a pixel of the answer, averaged over 32 draws of z as in training, or
        2 of a convolutional decoder; `mean_image`:
        the same of always answering the mean image; `pca`: the same of PCA with as many components as the model has
        units; `kl`: nats an image, summed over units; `active_units` of `units`:
        units whose z_mean varies by more than .01 across images (Burda et al. 2015, section 5.2);
        `reconstruction_variance`: how much the answer depends on the image, as the variance of the decoded z_mean
        across images, mean over pixels; `bound`: for a model with a likelihood, the negative evidence bound, nats an
        image, with one draw of z for each; `verdict`: a sentence.
    """
    codes = encode(model, data.x_test)
    # Not the decoded z_mean: a collapsed decoder counts on the noise, and answers something else without it.
    draws = DRAWS if model.settings["network"] == "dense" else FEW_DRAWS
    figures = {
        "reconstruction": squared_error(data.x_test, mean_answer(model, codes, draws)),
        "mean_image": squared_error(data.x_test, mean_image(data)),
        "pca": pca.error(data.x_train, data.x_test, codes.z_mean.shape[1]),
        "kl": float(codes.kl.sum()),
        "active_units": active_units(codes),
        "units": codes.z_mean.shape[1],
        "reconstruction_variance": variance(decode(model, codes.z_mean)),
        "images": len(data.x_test),
    }
    if model.objective.likelihood != "mse":
        figures["bound"] = figures["kl"] + _nll(model, data.x_test, draw_z(codes, 0))
    return {**figures, "verdict": verdict(figures)}


def mean_answer(model, codes: Codes, draws: int) -> NDArray[np.float32]:
    """The mean of what a model decodes from some draws of z for each of n images: float32 [n, 784]."""
    import tensorflow as tf

    # A graph: called from Python, the layers of a draw take as long again as their arithmetic.
    add = tf.function(lambda total, z: total + model.images(z))
    totals = parts(np.zeros((len(codes.z_mean), PIXELS), np.float32))
    for draw in range(draws):
        totals = [add(total, z) for total, z in zip(totals, parts(draw_z(codes, draw)), strict=True)]
    return np.divide(np.concatenate(totals), draws, dtype=np.float32)


def _nll(model, x: NDArray[np.float32], z: NDArray[np.float32]) -> float:
    pairs = zip(parts(x), parts(z), strict=True)
    return float(np.mean(np.concatenate([model.nll(images, model.decoder(part)).numpy() for images, part in pairs])))


def squared_error(x: NDArray, y: NDArray) -> float:
    """The mean squared difference of two arrays that broadcast against each other."""
    return float(np.mean(np.square(np.subtract(x, y, dtype=np.float64))))


def verdict(figures: dict[str, Any]) -> str:
    """What the test figures mean, in a sentence.

    Args:
        figures: `reconstruction`, `mean_image`, `active_units` and `units`, as `evaluate` gives them.
    """
    active, units = figures["active_units"], figures["units"]
    ratio = figures["reconstruction"] / figures["mean_image"]
    if active == 0 and ratio > 0.97:
        return f"Collapsed: it answers the mean image to everything, and none of its {units} latent units is in use."
    if active == 0:
        return f"None of the {units} latent units is in use."
    better = f"its error is {1 - ratio:.0%} below that of always answering the mean image"
    if ratio >= 1:
        better = "but its error is above that of always answering the mean image: it needs more training"
    return f"{active} of {units} latent units {'is' if active == 1 else 'are'} in use; {better}."
