"""The two terms of the loss."""

import tensorflow as tf

from vae.config import PIXELS


def mean_squared_error(x, reconstructed):
    """The reconstruction term of the tutorial: the squared error, averaged over pixels and images.

    Args:
        x: float32 [batch, 784], pixels in 0..1.
        reconstructed: float32 [batch, 784].

    Returns:
        float32 [], squared error a pixel.
    """
    # Keras's own reduction, in its own order, so that `fit` and the tape agree to the last bit.
    return tf.reduce_mean(tf.reduce_mean(tf.square(x - reconstructed), axis=-1))


def kl_per_unit(z_mean, z_log_var):
    """KL(q(z_j|x) || N(0, 1)) of every latent unit (Kingma and Welling 2014, appendix B).

    Args:
        z_mean: float32 [batch, latent_dim].
        z_log_var: float32 [batch, latent_dim].

    Returns:
        float32 [batch, latent_dim], in nats.
    """
    return -0.5 * (z_log_var - tf.square(z_mean) - tf.exp(z_log_var) + 1)


def kl_term(z_mean, z_log_var, reduction: str, weight: float):
    """The KL term as the loss adds it.

    Args:
        z_mean: float32 [batch, latent_dim].
        z_log_var: float32 [batch, latent_dim].
        reduction: "mean" over units, as the tutorial has it, or "sum" over units divided by the 784 pixels, which is
            the true KL beside an error that is averaged over pixels.
        weight: a factor; 1 is the tutorial's.

    Returns:
        float32 []; nats a unit for "mean", nats a pixel for "sum".
    """
    kl = kl_per_unit(z_mean, z_log_var)
    term = tf.reduce_mean(kl) if reduction == "mean" else tf.reduce_mean(tf.reduce_sum(kl, axis=-1)) / PIXELS
    return term if weight == 1 else weight * term
