"""A trained model at one moment of its training, to ask for codes and images."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import keras
import tensorflow as tf

from vae.config import PIXELS, RunConfig
from vae.model.autoencoder import VariationalAutoEncoder


class Network:
    """The functions of a network, compiled once for all moments of all runs with the same layers."""

    def __init__(self, model: VariationalAutoEncoder):
        """Compiles nothing yet: that comes with the first question.

        Args:
            model: a built one; its own weights do not matter.
        """
        self.model = model
        weights = [tf.TensorSpec(variable.shape, variable.dtype) for variable in model.weights]
        x, z = (tf.TensorSpec((None, width)) for width in (PIXELS, model.settings["latent_dim"]))
        self.shapes = {variable.path: (tuple(variable.shape), variable.dtype) for variable in model.weights}
        self.codes = tf.function(self._codes, input_signature=[weights, x])
        self.images = tf.function(self._images, input_signature=[weights, z])

    def _with(self, weights) -> keras.StatelessScope:
        return keras.StatelessScope(state_mapping=list(zip(self.model.weights, weights, strict=True)))

    def _codes(self, weights, x):
        with self._with(weights):
            return self.model.codes(x)

    def _images(self, weights, z):
        with self._with(weights):
            return self.model.images(z)


class Moment:
    """A network with the weights of one moment; it answers as a `VariationalAutoEncoder` with these weights does."""

    def __init__(self, network: Network, arrays: Mapping[str, Any]):
        """Args: network: of the run's settings; arrays: its weights, as `network.shapes` names and shapes them."""
        self.network = network
        self.weights = [tf.constant(arrays[name]) for name in network.shapes]

    def codes(self, x):
        """Images float32 [n, 784]; returns z_mean, z_log_var and the KL in nats, float32 [n, latent_dim] each."""
        return self.network.codes(self.weights, x)

    def images(self, z):
        """Codes float32 [n, latent_dim]; returns images float32 [n, 784] in 0..1."""
        return self.network.images(self.weights, z)


def network(config: RunConfig) -> Network:
    """The network of a run's settings; runs with the same layers have the same one."""
    return _network(tuple(config.widths), config.latent_dim, config.likelihood, config.network, config.activation)


@lru_cache(maxsize=8)
def _network(widths: tuple[int, ...], latent_dim: int, likelihood: str, kind: str, activation: str) -> Network:
    model = VariationalAutoEncoder(PIXELS, widths, latent_dim, {"likelihood": likelihood}, kind, activation)
    model.build((None, PIXELS))
    return Network(model)
