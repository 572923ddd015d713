"""Sampling, Encoder and Decoder (Keras guide, "Making new layers and models via subclassing")."""

import keras
import numpy as np
import tensorflow as tf
from numpy.polynomial import Chebyshev, Polynomial

# cos(2 pi t) as a polynomial of t^2 for |t| <= 1/2, true to 1e-6 in float32, highest power first. XLA takes a cosine
# one number at a time, which costs a tenth of an epoch of the scan, and a polynomial several at a time.
COSINE = Chebyshev.interpolate(lambda s: np.cos(2 * np.pi * np.sqrt(s)), 8, domain=[0, 0.25]).convert(kind=Polynomial)
COSINE = COSINE.coef[::-1].astype(np.float32).tolist()


@keras.saving.register_keras_serializable("vae")
class Sampling(keras.layers.Layer):
    """Draws z from N(z_mean, exp(z_log_var)) by the reparameterization trick.

    Every call is one draw. Its noise is a function of (seed, number of the draw) alone, built from Philox's integer
    bits, which are the same numbers eagerly, in a graph and under XLA. The draw's number is a weight, so that it is
    saved and restored with the others.
    """

    def __init__(self, seed: int = 0, **kwargs):
        """Args: seed: fixes all draws."""
        super().__init__(**kwargs)
        self.seed = seed

    def build(self, input_shape):
        """Makes the draw's number: int64 [], starting at 0."""
        self.draw = self.add_weight(shape=(), dtype="int64", initializer="zeros", trainable=False, name="draw")

    def call(self, inputs):
        """Inputs (z_mean, z_log_var), both float32 [batch, latent_dim]; returns z of the same shape."""
        z_mean, z_log_var = inputs
        epsilon = standard_normal(tf.shape(z_mean), self.seed, tf.convert_to_tensor(self.draw))
        self.draw.assign_add(1)
        return z_mean + tf.exp(0.5 * z_log_var) * epsilon

    def get_config(self):
        """The arguments it was made with."""
        return {**super().get_config(), "seed": self.seed}


def standard_normal(shape, seed: int, draw):
    """Standard normal noise by the transform of Box and Muller (1958) of Philox's bits.

    Args:
        shape: int32 [rank], the shape wanted.
        seed: fixes the stream.
        draw: int64 [], the number of the draw in the stream.

    Returns:
        float32 of `shape`.
    """
    # Only the integers are the same under XLA, not TensorFlow's own normals.
    bits = tf.random.stateless_uniform(
        tf.concat([[2], shape], 0),
        seed=tf.stack([tf.constant(seed, tf.int64), draw]),
        minval=None,  # pyright: ignore[reportArgumentType]  None is documented for integers
        maxval=None,
        dtype=tf.int32,
        alg="philox",
    )
    # 24 bits are what a float32 holds exactly; adding 1 keeps the logarithm's argument in (0, 1].
    upper = tf.cast(tf.bitwise.right_shift(tf.bitcast(bits, tf.uint32), tf.constant(8, tf.uint32)), tf.float32)
    u1, u2 = tf.unstack((upper + [[[1.0]], [[0.0]]]) * 2.0**-24)
    return tf.sqrt(-2.0 * tf.math.log(u1)) * tf.math.polyval(COSINE, tf.square(u2 - 0.5))


@keras.saving.register_keras_serializable("vae")
class Encoder(keras.layers.Layer):
    """Maps images to the mean and log variance of q(z|x), and draws z from it."""

    def __init__(self, latent_dim: int = 32, intermediate_dim: int = 64, seed: int = 0, name="encoder", **kwargs):
        """Args: latent_dim: units of z; intermediate_dim: units of the hidden layer; seed: of the draws."""
        super().__init__(name=name, **kwargs)
        self.latent_dim, self.intermediate_dim, self.seed = latent_dim, intermediate_dim, seed
        self.dense_proj = keras.layers.Dense(intermediate_dim, activation="relu", name="dense_proj")
        self.dense_mean = keras.layers.Dense(latent_dim, name="dense_mean")
        self.dense_log_var = keras.layers.Dense(latent_dim, name="dense_log_var")
        self.sampling = Sampling(seed, name="sampling")

    def build(self, input_shape):
        """Builds the layers for images [batch, pixels]."""
        self.dense_proj.build(input_shape)
        self.dense_mean.build((None, self.intermediate_dim))
        self.dense_log_var.build((None, self.intermediate_dim))
        self.sampling.build((None, self.latent_dim))

    def moments(self, x):
        """The parameters of q(z|x), without a draw: z_mean and z_log_var, float32 [batch, latent_dim] each."""
        h = self.dense_proj(x)
        return self.dense_mean(h), self.dense_log_var(h)

    def call(self, x):
        """Images float32 [batch, pixels]; returns z_mean, z_log_var and z, float32 [batch, latent_dim] each."""
        z_mean, z_log_var = self.moments(x)
        return z_mean, z_log_var, self.sampling((z_mean, z_log_var))

    def get_config(self):
        """The arguments it was made with."""
        own = {"latent_dim": self.latent_dim, "intermediate_dim": self.intermediate_dim, "seed": self.seed}
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable("vae")
class Decoder(keras.layers.Layer):
    """Maps codes back to images."""

    def __init__(self, original_dim: int, intermediate_dim: int = 64, name="decoder", **kwargs):
        """Args: original_dim: pixels of an image; intermediate_dim: units of the hidden layer."""
        super().__init__(name=name, **kwargs)
        self.original_dim, self.intermediate_dim = original_dim, intermediate_dim
        self.dense_proj = keras.layers.Dense(intermediate_dim, activation="relu", name="dense_proj")
        self.dense_output = keras.layers.Dense(original_dim, activation="sigmoid", name="dense_output")

    def build(self, input_shape):
        """Builds the layers for codes [batch, latent_dim]."""
        self.dense_proj.build(input_shape)
        self.dense_output.build((None, self.intermediate_dim))

    def call(self, z):
        """Codes float32 [batch, latent_dim]; returns images float32 [batch, pixels] in 0..1."""
        return self.dense_output(self.dense_proj(z))

    def get_config(self):
        """The arguments it was made with."""
        own = {"original_dim": self.original_dim, "intermediate_dim": self.intermediate_dim}
        return {**super().get_config(), **own}
