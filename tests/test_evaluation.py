"""What a model is worth on images it has not seen."""

import numpy as np
import pytest

from vae import data, pca
from vae.config import RunConfig
from vae.evaluation import evaluate, mean_answer, squared_error, verdict
from vae.latent import PART, decode, draw_z, encode
from vae.presets import PRESETS
from vae.training import build


def test_the_squared_error_is_the_mean_over_pixels_and_images():
    assert squared_error(np.float32([[0, 2], [4, 6]]), np.float32([0, 2])) == 8


def test_a_model_that_ignores_its_input_is_found_out():
    mnist = data.load("mnist")
    model = build(PRESETS["tutorial"].config)
    mean = mnist.x_train.mean(axis=0).clip(1e-4, 1 - 1e-4)
    for layer in (model.encoder.dense_mean, model.encoder.dense_log_var, model.decoder.dense_output):
        layer.set_weights([np.zeros_like(weight) for weight in layer.get_weights()])
    model.decoder.dense_output.bias.assign(np.log(mean / (1 - mean)))
    figures = evaluate(model, mnist)
    assert figures["reconstruction"] == pytest.approx(0.06747, rel=1e-3)
    assert figures["reconstruction"] == pytest.approx(figures["mean_image"], rel=1e-4)
    assert (figures["kl"], figures["active_units"], figures["reconstruction_variance"]) == (0, 0, 0)
    assert figures["verdict"].startswith("Collapsed")


def test_an_untrained_model_has_the_kl_of_its_codes():
    mnist = data.load("mnist")
    model = build(RunConfig(latent_dim=4))
    z_mean, z_log_var = (moment.numpy().astype(np.float64) for moment in model.encoder.moments(mnist.x_test))
    kl = 0.5 * (z_mean**2 + np.exp(z_log_var) - z_log_var - 1).sum(axis=1).mean()
    figures = evaluate(model, mnist)
    assert figures["kl"] == pytest.approx(kl, rel=1e-4)
    assert (figures["units"], figures["images"]) == (4, 10_000)
    assert figures["pca"] == pca.error(mnist.x_train, mnist.x_test, 4)


@pytest.mark.parametrize(
    ("figures", "sentence"),
    [
        (
            (0.0676, 0, 32),
            "Collapsed: it answers the mean image to everything, and none of its 32 latent units is in use.",
        ),
        ((0.06, 0, 4), "None of the 4 latent units is in use."),
        (
            (0.0337, 32, 32),
            "32 of 32 latent units are in use; its error is 50% below that of always answering the mean",
        ),
        ((0.05, 1, 2), "1 of 2 latent units is in use;"),
        ((0.08, 2, 2), "but its error is above that of always answering the mean image: it needs more training."),
    ],
)
def test_the_verdict_says_what_the_figures_mean(figures, sentence):
    reconstruction, active, units = figures
    told = verdict({"reconstruction": reconstruction, "mean_image": 0.0674, "active_units": active, "units": units})
    assert sentence in told


@pytest.mark.parametrize("draws", [1, 3])
def test_the_mean_answer_is_that_of_all_draws(draws):
    model = build(RunConfig(latent_dim=4))
    codes = encode(model, data.load("mnist").x_test[: PART + 7])
    answers = [decode(model, draw_z(codes, draw)) for draw in range(draws)]
    np.testing.assert_allclose(mean_answer(model, codes, draws), np.mean(answers, axis=0), atol=1e-6)
