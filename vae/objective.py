"""The terms of the loss: how a reconstruction is judged, and what the codes cost."""

import math
from typing import NamedTuple

import tensorflow as tf

from vae import warm_up
from vae.config import PIXELS

LOG_2_PI = math.log(2 * math.pi)


class Objective(NamedTuple):
    """What is minimized; the fields are those of `vae.config.RunConfig`, but for `warm_up_steps`.

    Attributes:
        likelihood: "mse", "gaussian", "learned_gaussian" or "bernoulli".
        sigma: the Gaussian's, or where a learned one begins.
        kl_reduction: "mean" or "sum" over units.
        kl_weight: a factor on the KL term.
        warm_up: "none", "linear" or "cyclical".
        warm_up_steps: optimizer steps that the warm-up takes, or one cycle.
        free_bits: nats a unit that cost nothing.
        bound: "elbo" or "iwae".
        samples: codes drawn for an image.
    """

    likelihood: str = "mse"
    sigma: float = 1.0
    kl_reduction: str = "mean"
    kl_weight: float = 1.0
    warm_up: str = "none"
    warm_up_steps: int = 1
    free_bits: float = 0.0
    bound: str = "elbo"
    samples: int = 1


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


def gaussian_nll(x, mean, log_sigma):
    """-log p(x|z) of independent Gaussians (Rybkin et al. 2021 for a sigma that is shared by all pixels).

    Args:
        x: float32 [batch, 784].
        mean: float32 [..., batch, 784].
        log_sigma: float32 [], or a float.

    Returns:
        float32 [..., batch], nats an image.
    """
    squares = tf.reduce_sum(tf.square(x - mean), axis=-1)
    return 0.5 * squares * tf.exp(-2.0 * tf.convert_to_tensor(log_sigma, tf.float32)) + PIXELS * (
        log_sigma + 0.5 * LOG_2_PI
    )


def bernoulli_nll(x, logits):
    """-log p(x|z) of independent Bernoulli variables, the cross-entropy, safe for logits of any size.

    Args:
        x: float32 [batch, 784]; for pixels between 0 and 1 it is no likelihood, but still a bound's term.
        logits: float32 [..., batch, 784].

    Returns:
        float32 [..., batch], nats an image.
    """
    return tf.reduce_sum(tf.nn.softplus(logits) - x * logits, axis=-1)


def kl_per_unit(z_mean, z_log_var):
    """KL(q(z_j|x) || N(0, 1)) of every latent unit (Kingma and Welling 2014, appendix B).

    Args:
        z_mean: float32 [batch, latent_dim].
        z_log_var: float32 [batch, latent_dim].

    Returns:
        float32 [batch, latent_dim], in nats.
    """
    return -0.5 * (z_log_var - tf.square(z_mean) - tf.exp(z_log_var) + 1)


def kl_term(z_mean, z_log_var, objective: Objective, step=0.0):
    """The KL term as the loss adds it.

    Args:
        z_mean: float32 [batch, latent_dim].
        z_log_var: float32 [batch, latent_dim].
        objective: `kl_reduction` "mean" averages over units, as the tutorial has it; "sum" adds them, and beside an
            error a pixel divides by the 784 pixels. With `free_bits` each unit costs what the batch's mean KL has
            above them, and at least them (Kingma et al. 2016, appendix C.8).
        step: optimizer steps done before this one, for the warm-up.

    Returns:
        float32 []; nats a unit for "mean", nats an image for "sum", or nats a pixel beside an error a pixel.
    """
    kl = kl_per_unit(z_mean, z_log_var)
    if objective.free_bits:
        kl = tf.maximum(tf.reduce_mean(kl, axis=0, keepdims=True), objective.free_bits)
    term = tf.reduce_mean(kl) if objective.kl_reduction == "mean" else tf.reduce_mean(tf.reduce_sum(kl, axis=-1))
    if objective.kl_reduction == "sum" and objective.likelihood == "mse":
        term = term / PIXELS
    weight = kl_weight(objective, step)
    return term if isinstance(weight, float) and weight == 1 else weight * term


def kl_weight(objective: Objective, step):
    """The factor on the KL at a step: a float, or float32 [] while it warms up."""
    return objective.kl_weight * warm_up.share(objective.warm_up, objective.warm_up_steps, step, tf.minimum)


def log_ratio(z, z_mean, z_log_var):
    """The log ratio of the densities, log q(z|x) - log p(z), whose mean is the KL.

    Args:
        z: float32 [samples, batch, latent_dim].
        z_mean: float32 [batch, latent_dim].
        z_log_var: float32 [batch, latent_dim].

    Returns:
        float32 [samples, batch], nats.
    """
    squares = tf.square(z - z_mean) * tf.exp(-z_log_var)
    return 0.5 * tf.reduce_sum(tf.square(z) - squares - z_log_var, axis=-1)


def importance_weighted_bound(nll, ratio):
    """The negative bound of Burda et al. (2015), eq. 8: -log of the mean of the weights p(x, z) / q(z|x).

    Args:
        nll: float32 [samples, batch], -log p(x|z).
        ratio: float32 [samples, batch], log q(z|x) - log p(z).

    Returns:
        float32 [], nats an image.
    """
    weights = -(nll + ratio)
    return -tf.reduce_mean(tf.reduce_logsumexp(weights, axis=0) - math.log(weights.shape[0]))
