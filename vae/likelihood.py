"""The likelihood of images, by importance sampling (Rezende et al. 2014, appendix E; Burda et al. 2015, eq. 8).

p(x) is the mean of p(x, z) / q(z|x) over codes z from the encoder. The logarithm of a finite mean is too low on
average, and comes closer with more samples.
"""

import math
from collections.abc import Iterator

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from vae.model.layers import standard_normal
from vae.objective import log_ratio

SEED = 1_000_037
# Images at a time, and codes of each: some 16 MB of pixels.
IMAGES = 100
CODES = 50


def log_likelihoods(model, x: NDArray[np.float32], samples: int, first: int = 0) -> Iterator[NDArray[np.float64]]:
    """Estimates log p(x) of images, some at a time.

    Args:
        model: a built `VariationalAutoEncoder` with a likelihood.
        x: float32 [n, 784].
        samples: codes for each image.
        first: the image to begin with, a multiple of `IMAGES`; the noise of an image depends on its place in `x`, so
            that an estimate can be broken off and taken up.

    Yields:
        float64 [at most 100], nats, in the order of the images.
    """
    shape = [None, x.shape[1]]

    @tf.function(
        input_signature=[tf.TensorSpec(shape, tf.float32), tf.TensorSpec([], tf.int64), tf.TensorSpec([], tf.int32)],
        autograph=False,
    )
    def log_weights(images, draw, codes):
        z_mean, z_log_var = model.encoder.moments(images)
        epsilon = standard_normal(tf.concat([[codes], tf.shape(z_mean)], 0), SEED, draw)
        z = z_mean + tf.exp(0.5 * z_log_var) * epsilon
        answer = model.decoder(tf.reshape(z, (-1, z.shape[-1])))
        answer = tf.reshape(answer, (codes, -1, images.shape[1]))
        return -model.nll(images, answer) - log_ratio(z, z_mean, z_log_var)

    chunks = -(-samples // CODES)
    for start in range(first, len(x), IMAGES):
        images = tf.convert_to_tensor(x[start : start + IMAGES])
        total = np.full(len(images), -np.inf)
        for chunk in range(chunks):
            codes = min(CODES, samples - chunk * CODES)
            weights = log_weights(images, np.int64(start // IMAGES * chunks + chunk), codes).numpy()
            total = np.logaddexp(total, np.logaddexp.reduce(weights.astype(np.float64), axis=0))
        yield total - math.log(samples)
