"""The convolutional encoder and decoder of the Keras examples ("Variational AutoEncoder", Chollet 2020)."""

from collections.abc import Sequence

import keras

from vae.model.layers import Decoder, Encoder, build_chain, chain

SIDE = 28


@keras.saving.register_keras_serializable("vae")
class ConvolutionalEncoder(Encoder):
    """An encoder that looks at the image through two layers of small filters, each halving its sides."""

    def __init__(self, latent_dim: int = 32, widths: Sequence[int] = (16,), activation: str = "relu", **kwargs):
        """Args: see `Encoder`; the dense layers of `widths` follow the filters."""
        super().__init__(latent_dim, widths, activation, **kwargs)
        conv = {"kernel_size": 3, "strides": 2, "padding": "same", "activation": activation}
        self.filters = [
            keras.layers.Reshape((SIDE, SIDE, 1), name="image"),
            keras.layers.Conv2D(32, name="conv_1", **conv),
            keras.layers.Conv2D(64, name="conv_2", **conv),
            keras.layers.Flatten(name="flatten"),
        ]

    def build(self, input_shape):
        """Builds the layers for images [batch, 784]."""
        build_chain(self.filters, input_shape)
        super().build((None, (SIDE // 4) ** 2 * 64))

    def hidden(self, x):
        """The last hidden layer's answer to images: float32 [batch, units]."""
        return super().hidden(chain(self.filters, x))


@keras.saving.register_keras_serializable("vae")
class ConvolutionalDecoder(Decoder):
    """A decoder that draws the image through transposed convolutions; its dense layers mirror `widths` but the first.

    As in the example, the code goes straight to the 7 x 7 fields of 64 channels that the filters work on.
    """

    def make_last_layers(self, output: str | None) -> None:
        """Makes the layers that draw the image; `output` is the last one's activation."""
        hidden, side = self.settings["activation"], SIDE // 4
        self.fields = keras.layers.Dense(side**2 * 64, activation=hidden, name="fields")
        conv = {"kernel_size": 3, "padding": "same"}
        self.filters = [
            keras.layers.Reshape((side, side, 64), name="grid"),
            keras.layers.Conv2DTranspose(64, strides=2, activation=hidden, name="conv_1", **conv),
            keras.layers.Conv2DTranspose(32, strides=2, activation=hidden, name="conv_2", **conv),
            keras.layers.Conv2DTranspose(1, activation=output, name="conv_3", **conv),
            keras.layers.Reshape((SIDE * SIDE,), name="pixels"),
        ]

    def stages(self) -> list[keras.layers.Layer]:
        """All layers, from the code to the image."""
        return [*self.further, self.fields, *self.filters]
