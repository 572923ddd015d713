"""The model of the tutorial, as Keras layers."""

from vae.model.autoencoder import VariationalAutoEncoder
from vae.model.layers import Decoder, Encoder, Sampling

__all__ = ["Decoder", "Encoder", "Sampling", "VariationalAutoEncoder"]
