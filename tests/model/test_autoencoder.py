"""The model as Keras sees it."""

import keras
import numpy as np
import pytest

from vae.config import RunConfig
from vae.model import VariationalAutoEncoder
from vae.presets import PRESETS
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


CONV = PRESETS["keras-conv"].config


def test_the_convolutional_model_has_the_examples_layers():
    model = build(CONV)
    encoder = [(3, 3, 1, 32), (32,), (3, 3, 32, 64), (64,), (3136, 16), (16,), (16, 2), (2,), (16, 2), (2,)]
    decoder = [(2, 3136), (3136,), (3, 3, 64, 64), (64,), (3, 3, 32, 64), (32,), (3, 3, 1, 32), (1,)]
    assert sorted(map(tuple, (w.shape for w in model.encoder.trainable_weights))) == sorted(encoder)
    assert [tuple(weight.shape) for weight in model.decoder.trainable_weights] == decoder
    # As keras.io prints them.
    assert (model.encoder.count_params() - 1, model.decoder.count_params()) == (69_076, 65_089)


@pytest.mark.parametrize("key", ["keras-conv", "burda-iwae-5", "flax"])
def test_any_model_is_rebuilt_from_its_config_with_its_weights(key):
    model = build(PRESETS[key].config)
    again = VariationalAutoEncoder.from_config(model.get_config())
    again.build((None, 784))
    again.set_weights(model.get_weights())
    np.testing.assert_array_equal(again(x), model(x))


def test_a_bernoulli_answers_with_logits_and_its_images_are_pixels():
    model = build(PRESETS["flax"].config)
    z = np.random.default_rng(1).normal(0, 3, (5, 20)).astype(np.float32)
    images, logits = model.decoder.images(z).numpy(), model.decoder(z).numpy()
    np.testing.assert_allclose(images, 1 / (1 + np.exp(-logits)), atol=1e-6)


def test_several_samples_are_several_answers():
    model = build(PRESETS["burda-iwae-5"].config)
    assert model(x).shape == (5, 5, 784)
    assert len(model.losses) == 1


def test_a_learned_sigma_begins_where_the_settings_say():
    model = build(RunConfig(likelihood="learned_gaussian", sigma=0.5))
    assert float(model.log_sigma) == pytest.approx(np.log(0.5)) and model.log_sigma in model.trainable_weights


def test_a_squared_error_has_no_log_likelihood():
    with pytest.raises(ValueError, match="A mean squared error is no likelihood."):
        build(RunConfig()).nll(x, x)
