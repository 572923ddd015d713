"""The whole model: encoder, decoder and the KL term it adds to the loss."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import tensorflow as tf

from vae import objective as terms
from vae.model.convolutional import ConvolutionalDecoder, ConvolutionalEncoder
from vae.model.layers import Decoder, Encoder

NETWORKS = {"dense": (Encoder, Decoder), "conv": (ConvolutionalEncoder, ConvolutionalDecoder)}


@keras.saving.register_keras_serializable("vae")
class VariationalAutoEncoder(keras.Model):
    """Encodes, samples and decodes; adds its KL term with `add_loss`, as the tutorial's does."""

    def __init__(
        self,
        original_dim: int,
        widths: Sequence[int] = (64,),
        latent_dim: int = 32,
        objective: Mapping[str, Any] | None = None,
        network: str = "dense",
        activation: str = "relu",
        seed: int = 0,
        name="vae",
        **kwargs,
    ):
        """Makes the layers.

        Args:
            original_dim: pixels of an image.
            widths: units of the encoder's hidden layers, which the decoder mirrors.
            latent_dim: units of z.
            objective: fields of `vae.objective.Objective`; the others are the tutorial's.
            network: a key of `NETWORKS`.
            activation: of the hidden layers.
            seed: fixes the noise.
            name: of the model; the weights' names begin with it.
            **kwargs: keras.Model's.
        """
        super().__init__(name=name, **kwargs)
        self.settings = {
            "original_dim": original_dim,
            "widths": list(widths),
            "latent_dim": latent_dim,
            "objective": dict(objective or {}),
            "network": network,
            "activation": activation,
            "seed": seed,
        }
        self.objective = terms.Objective(**self.settings["objective"])
        encoder, decoder = NETWORKS[network]
        self.encoder = encoder(latent_dim, widths, activation, samples=self.objective.samples, seed=seed)
        self.decoder = decoder(original_dim, widths, activation, logits=self.objective.likelihood == "bernoulli")

    def build(self, input_shape):
        """Builds the layers for images [batch, original_dim].

        Raises:
            ValueError: the images have another number of pixels.
        """
        pixels = self.settings["original_dim"]
        if len(input_shape) != 2 or input_shape[-1] != pixels:
            raise ValueError(f"The model takes images of shape [batch, {pixels}], not {list(input_shape)}.")
        self.encoder.build(input_shape)
        self.decoder.build((None, self.settings["latent_dim"]))
        if self.objective.likelihood == "learned_gaussian":
            start = keras.initializers.Constant(math.log(self.objective.sigma))
            self.log_sigma = self.add_weight(shape=(), initializer=start, name="log_sigma")
        self.built = True

    def codes(self, x):
        """Images float32 [batch, original_dim]; returns z_mean, z_log_var and the KL in nats.

        All three are float32 [batch, latent_dim].
        """
        z_mean, z_log_var = self.encoder.moments(x)
        return z_mean, z_log_var, terms.kl_per_unit(z_mean, z_log_var)

    def images(self, z):
        """Codes float32 [batch, latent_dim]; returns images float32 [batch, original_dim] in 0..1."""
        return self.decoder.images(z)

    def call(self, x):
        """Images float32 [batch, original_dim] in 0..1; returns what the decoder answers, of the same shape.

        These are reconstructions, or their logits if the likelihood is Bernoulli's; with several samples of z,
        float32 [samples, batch, original_dim].
        """
        step = tf.cast(self.encoder.sampling.draw, tf.float32)
        z_mean, z_log_var, z = self.encoder(x)
        answer = self.decode(z)
        if self.objective.bound == "elbo":
            self.add_loss(terms.kl_term(z_mean, z_log_var, self.objective, step))
            return answer
        # The bound is no sum of two terms: what it has beside the reconstruction's stands where the KL does.
        ratio = terms.kl_weight(self.objective, step) * terms.log_ratio(z, z_mean, z_log_var)
        bound = terms.importance_weighted_bound(self.nll(x, answer), ratio)
        self.add_loss(bound - self.reconstruction_term(x, answer))
        return answer

    def decode(self, z):
        """Codes float32 [batch, latent_dim] or [samples, batch, latent_dim]; returns the decoder's answers to them."""
        if self.objective.samples == 1:
            return self.decoder(z)
        flat = self.decoder(tf.reshape(z, (-1, self.settings["latent_dim"])))
        return tf.reshape(flat, (self.objective.samples, -1, self.settings["original_dim"]))

    def nll(self, x, answer):
        """-log p(x|z), nats an image: float32 [..., batch].

        Args:
            x: float32 [batch, original_dim].
            answer: float32 [..., batch, original_dim], the decoder's.

        Raises:
            ValueError: the objective has no likelihood.
        """
        if self.objective.likelihood == "bernoulli":
            return terms.bernoulli_nll(x, answer)
        if self.objective.likelihood == "gaussian":
            return terms.gaussian_nll(x, answer, math.log(self.objective.sigma))
        if self.objective.likelihood == "learned_gaussian":
            return terms.gaussian_nll(x, answer, tf.convert_to_tensor(self.log_sigma))
        raise ValueError("A mean squared error is no likelihood.")

    def reconstruction_term(self, x, answer):
        """The reconstruction term of the loss: float32 [], squared error a pixel or nats an image.

        Args:
            x: float32 [batch, original_dim].
            answer: what `call` returned for them.
        """
        if self.objective.likelihood == "mse":
            return terms.mean_squared_error(x, answer)
        return tf.reduce_mean(self.nll(x, answer))

    def get_config(self):
        """The arguments it was made with."""
        return {**super().get_config(), **self.settings}
