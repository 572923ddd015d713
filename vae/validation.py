"""What a model does with test images at an epoch's end, cheap enough to be asked after every epoch."""

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from vae.latent import Codes, active_units, decode, draw_z, encode, squared_errors, variance
from vae.runs import Validation

IMAGES = 1000


def validate(model, x: NDArray[np.float32], step: int) -> Validation:
    """The figures of a built `VariationalAutoEncoder` on the first 1,000 of test images float32 [n, 784]."""
    x = x[:IMAGES]
    codes = encode(model, x)
    z = draw_z(codes, 0)
    error = float(squared_errors(x, decode(model, z)).mean())
    varied = variance(decode(model, codes.z_mean))
    return Validation(step, error, active_units(codes), codes.kl.tolist(), mutual_information(codes, z), varied)


def mutual_information(codes: Codes, z: NDArray[np.float32]) -> float:
    """Between the number of one of n images, all equally likely, and its code: nats, at most log n.

    The mean of log q(z|x) - log q(z), where q(z) is the mean of q(z|x) over the images (Hoffman and Johnson 2016).

    Args:
        codes: of n images.
        z: float32 [n, latent_dim], one draw for each.
    """
    mean, log_variance, drawn = (array.astype(np.float64) for array in (codes.z_mean, codes.z_log_var, z))
    precision = np.exp(-log_variance)
    constant = (mean * mean * precision + log_variance).sum(axis=1, keepdims=True)
    # log q(z_i|x_j) but for a constant, as [i, j]: the square is multiplied out into one matrix product.
    of_z = np.hstack([drawn * drawn, -2 * drawn, np.ones_like(constant)])
    of_x = np.hstack([precision, mean * precision, constant])
    # Not by NumPy, whose threads stay busy for some .02 s after a product and take the processor from the training.
    logs = tf.linalg.matmul(-0.5 * of_z, of_x, transpose_b=True).numpy()
    own, largest = logs.diagonal().copy(), logs.max(axis=1)
    logs -= largest[:, None]
    # All that is lost in 32 bits is below 1e-7 of a term; the exponential takes a third of the time.
    aggregate = largest + np.log(np.exp(logs, dtype=np.float32, casting="same_kind").mean(axis=1, dtype=np.float64))
    return float(np.mean(own - aggregate))
