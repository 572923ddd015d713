"""The model as Keras sees it."""

import keras
import numpy as np
import pytest

from vae.config import PRESETS
from vae.model import VariationalAutoEncoder
from vae.training import build

x = np.random.default_rng(0).random((5, 784), np.float32)


def test_the_shapes_are_the_tutorials():
    model = build(PRESETS["tutorial"].config)
    shapes = [tuple(weight.shape) for weight in model.trainable_weights]
    encoder = [(784, 64), (64,), (64, 32), (32,), (64, 32), (32,)]
    assert shapes == [*encoder, (32, 64), (64,), (64, 784), (784,)]


def test_a_reconstruction_has_the_shape_of_the_image_and_pixels_from_0_to_1():
    reconstruction = build(PRESETS["tutorial"].config)(x).numpy()
    assert reconstruction.shape == x.shape
    assert reconstruction.min() >= 0 and reconstruction.max() <= 1


def test_a_call_adds_one_loss_the_kl_term():
    model = build(PRESETS["tutorial"].config)
    model(x)
    assert len(model.losses) == 1 and float(model.losses[0]) > 0


def test_a_model_is_rebuilt_from_its_config_with_its_weights():
    model = build(PRESETS["kl-fixed"].config)
    again = VariationalAutoEncoder.from_config(model.get_config())
    again.build((None, 784))
    again.set_weights(model.get_weights())
    np.testing.assert_array_equal(again(x), model(x))
    assert again.get_config() == model.get_config()


# Keras 3.15 converts a variable in a way that NumPy 2.4 will give up.
@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning")
def test_weights_survive_keras_own_file(tmp_path):
    model, other = build(PRESETS["two-d"].config), build(PRESETS["two-d"].config)
    model.save_weights(tmp_path / "vae.weights.h5")
    other.load_weights(tmp_path / "vae.weights.h5")
    np.testing.assert_array_equal(other(x), model(x))


@pytest.mark.parametrize("layer", ["Sampling", "Encoder", "Decoder", "VariationalAutoEncoder"])
def test_every_layer_is_known_to_keras(layer):
    assert keras.saving.get_registered_object(f"vae>{layer}")


def test_images_of_another_size_are_refused_with_a_sentence():
    model = VariationalAutoEncoder(original_dim=784)
    with pytest.raises(ValueError, match=r"The model takes images of shape \[batch, 784\], not \[None, 100\]."):
        model.build((None, 100))
