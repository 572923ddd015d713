"""The whole model: encoder, decoder and the KL term it adds to the loss."""

import keras

from vae.model.layers import Decoder, Encoder
from vae.objective import kl_term


@keras.saving.register_keras_serializable("vae")
class VariationalAutoEncoder(keras.Model):
    """Encodes, samples and decodes; adds its KL term with `add_loss`, as the tutorial's does."""

    def __init__(
        self,
        original_dim: int,
        intermediate_dim: int = 64,
        latent_dim: int = 32,
        kl_reduction: str = "mean",
        kl_weight: float = 1.0,
        seed: int = 0,
        name="vae",
        **kwargs,
    ):
        """Makes the layers.

        Args:
            original_dim: pixels of an image.
            intermediate_dim: units of the hidden layers.
            latent_dim: units of z.
            kl_reduction: "mean" or "sum" over the units, see `vae.objective.kl_term`.
            kl_weight: a factor on the KL term.
            seed: fixes the noise.
            name: of the model; the weights' names begin with it.
            **kwargs: keras.Model's.
        """
        super().__init__(name=name, **kwargs)
        self.settings = {
            "original_dim": original_dim,
            "intermediate_dim": intermediate_dim,
            "latent_dim": latent_dim,
            "kl_reduction": kl_reduction,
            "kl_weight": kl_weight,
            "seed": seed,
        }
        self.encoder = Encoder(latent_dim, intermediate_dim, seed)
        self.decoder = Decoder(original_dim, intermediate_dim)

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
        self.built = True

    def call(self, x):
        """Images float32 [batch, original_dim] in 0..1; returns their reconstructions, of the same shape."""
        z_mean, z_log_var, z = self.encoder(x)
        reconstructed = self.decoder(z)
        self.add_loss(kl_term(z_mean, z_log_var, self.settings["kl_reduction"], self.settings["kl_weight"]))
        return reconstructed

    def get_config(self):
        """The arguments it was made with."""
        return {**super().get_config(), **self.settings}
