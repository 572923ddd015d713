"""Sampling, Encoder and Decoder (Keras guide, "Making new layers and models via subclassing")."""

from collections.abc import Iterable, Sequence

import keras
import numpy as np
import tensorflow as tf
from numpy.polynomial import Chebyshev, Polynomial
from numpy.typing import NDArray

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

    def __init__(self, seed: int = 0, samples: int = 1, **kwargs):
        """Args: seed: fixes all draws; samples: codes for each image."""
        super().__init__(**kwargs)
        self.seed, self.samples = seed, samples

    def build(self, input_shape):
        """Makes the draw's number: int64 [], starting at 0."""
        self.draw = self.add_weight(shape=(), dtype="int64", initializer="zeros", trainable=False, name="draw")

    def call(self, inputs):
        """Inputs (z_mean, z_log_var), both float32 [batch, latent_dim]; returns z.

        It has the same shape, or [samples, batch, latent_dim] if there are several.
        """
        z_mean, z_log_var = inputs
        shape = tf.shape(z_mean) if self.samples == 1 else tf.concat([[self.samples], tf.shape(z_mean)], 0)
        epsilon = standard_normal(shape, self.seed, tf.convert_to_tensor(self.draw))
        self.draw.assign_add(1)
        return z_mean + tf.exp(0.5 * z_log_var) * epsilon

    def get_config(self):
        """The arguments it was made with."""
        return {**super().get_config(), "seed": self.seed, "samples": self.samples}


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
    radius = tf.sqrt(-2.0 * tf.math.log((upper[0] + 1.0) * 2.0**-24))
    return radius * tf.math.polyval(COSINE, tf.square(upper[1] * 2.0**-24 - 0.5))


def noise(shape: tuple[int, int], seed: int, draw: int) -> NDArray[np.float32]:
    """What `standard_normal` draws, as an array; for each seed it is compiled once."""
    return _compiled_normal(np.array(shape, np.int32), seed, np.int64(draw)).numpy()


_compiled_normal = tf.function(standard_normal)


@keras.saving.register_keras_serializable("vae")
class Encoder(keras.layers.Layer):
    """Maps images to the mean and log variance of q(z|x), and draws z from it."""

    def __init__(
        self,
        latent_dim: int = 32,
        widths: Sequence[int] = (64,),
        activation: str = "relu",
        samples: int = 1,
        seed: int = 0,
        name="encoder",
        **kwargs,
    ):
        """Makes the layers.

        Args:
            latent_dim: units of z.
            widths: units of the hidden layers, from the image to the code.
            activation: of the hidden layers.
            samples: codes drawn for an image.
            seed: of the draws.
            name: of the layer.
            **kwargs: keras.layers.Layer's.
        """
        super().__init__(name=name, **kwargs)
        self.settings = {
            "latent_dim": latent_dim,
            "widths": list(widths),
            "activation": activation,
            "samples": samples,
            "seed": seed,
        }
        self.dense_proj = keras.layers.Dense(widths[0], activation=activation, name="dense_proj")
        self.further = dense_layers(widths[1:], activation)
        self.dense_mean = keras.layers.Dense(latent_dim, name="dense_mean")
        self.dense_log_var = keras.layers.Dense(latent_dim, name="dense_log_var")
        self.sampling = Sampling(seed, samples, name="sampling")

    def build(self, input_shape):
        """Builds the layers for images [batch, pixels]."""
        build_chain([self.dense_proj, *self.further, self.dense_mean], input_shape)
        self.dense_log_var.build((None, self.settings["widths"][-1]))
        self.sampling.build((None, self.settings["latent_dim"]))

    def hidden(self, x):
        """The last hidden layer's answer to images: float32 [batch, units]."""
        return chain([self.dense_proj, *self.further], x)

    def moments(self, x):
        """The parameters of q(z|x), without a draw: z_mean and z_log_var, float32 [batch, latent_dim] each."""
        h = self.hidden(x)
        return self.dense_mean(h), self.dense_log_var(h)

    def call(self, x):
        """Images float32 [batch, pixels]; returns z_mean, z_log_var and z, see `Sampling.call`."""
        z_mean, z_log_var = self.moments(x)
        return z_mean, z_log_var, self.sampling((z_mean, z_log_var))

    def get_config(self):
        """The arguments it was made with."""
        return {**super().get_config(), **self.settings}


@keras.saving.register_keras_serializable("vae")
class Decoder(keras.layers.Layer):
    """Maps codes back to images."""

    def __init__(
        self,
        original_dim: int,
        widths: Sequence[int] = (64,),
        activation: str = "relu",
        logits: bool = False,
        name="decoder",
        **kwargs,
    ):
        """Makes the layers.

        Args:
            original_dim: pixels of an image.
            widths: units of the hidden layers of the encoder, which it mirrors.
            activation: of the hidden layers.
            logits: whether it answers with logits instead of pixels in 0..1.
            name: of the layer.
            **kwargs: keras.layers.Layer's.
        """
        super().__init__(name=name, **kwargs)
        self.settings = {
            "original_dim": original_dim,
            "widths": list(widths),
            "activation": activation,
            "logits": logits,
        }
        self.further = dense_layers(widths[1:], activation)[::-1]
        self.make_last_layers(None if logits else "sigmoid")

    def make_last_layers(self, output: str | None) -> None:
        """Makes the layers that draw the image; `output` is the last one's activation."""
        pixels, width, activation = (self.settings[name] for name in ("original_dim", "widths", "activation"))
        self.dense_proj = keras.layers.Dense(width[0], activation=activation, name="dense_proj")
        self.dense_output = keras.layers.Dense(pixels, activation=output, name="dense_output")

    def stages(self) -> list[keras.layers.Layer]:
        """All layers, from the code to the image."""
        return [*self.further, self.dense_proj, self.dense_output]

    def build(self, input_shape):
        """Builds the layers for codes [batch, latent_dim]."""
        build_chain(self.stages(), input_shape)

    def call(self, z):
        """Codes float32 [batch, latent_dim]; returns float32 [batch, pixels], pixels in 0..1 or their logits."""
        return chain(self.stages(), z)

    def images(self, z):
        """Codes float32 [batch, latent_dim]; returns images float32 [batch, pixels] in 0..1."""
        return tf.sigmoid(self(z)) if self.settings["logits"] else self(z)

    def get_config(self):
        """The arguments it was made with."""
        return {**super().get_config(), **self.settings}


def dense_layers(widths: Sequence[int], activation: str) -> list[keras.layers.Dense]:
    """The hidden layers after the first, named dense_2, dense_3 and so on."""
    return [
        keras.layers.Dense(width, activation=activation, name=f"dense_{number}")
        for number, width in enumerate(widths, 2)
    ]


def build_chain(layers: Iterable[keras.layers.Layer], shape) -> None:
    """Builds layers that follow each other, the first for inputs of `shape`."""
    for layer in layers:
        layer.build(shape)
        shape = layer.compute_output_shape(shape)


def chain(layers: Iterable[keras.layers.Layer], x):
    """What layers that follow each other make of `x`."""
    for layer in layers:
        x = layer(x)
    return x
