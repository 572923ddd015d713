"""The layers and the noise."""

import numpy as np
import pytest
import tensorflow as tf

from vae.model.layers import COSINE, Sampling, standard_normal


def test_the_noise_is_standard_normal():
    noise = standard_normal((1000, 400), 1, np.int64(0)).numpy()
    assert noise.mean() == pytest.approx(0, abs=0.005)
    assert noise.std() == pytest.approx(1, abs=0.005)
    assert np.mean(noise**4) == pytest.approx(3, abs=0.05)
    assert np.isfinite(noise).all()


def test_the_polynomial_is_the_cosine():
    t = np.linspace(-0.5, 0.5, 10_001).astype(np.float32)
    np.testing.assert_allclose(tf.math.polyval(COSINE, tf.square(t)), np.cos(2 * np.pi * t.astype(float)), atol=1e-6)


def test_every_seed_and_every_draw_has_its_own_noise():
    noises = [standard_normal((8,), seed, np.int64(draw)).numpy() for seed in (0, 1) for draw in (0, 1)]
    assert len({noise.tobytes() for noise in noises}) == 4


@pytest.mark.parametrize("xla", [False, True])
def test_the_noise_is_the_same_eagerly_and_compiled(xla):
    eager = standard_normal((64, 32), 5, np.int64(7))

    @tf.function(jit_compile=xla)
    def compiled(draw):
        return standard_normal((64, 32), 5, draw)

    np.testing.assert_allclose(compiled(tf.constant(7, tf.int64)), eager, atol=1e-5)


def test_sampling_counts_its_draws_in_a_weight():
    layer = Sampling(seed=1)
    zeros = np.zeros((4, 2), np.float32)
    first, second = layer((zeros, zeros)).numpy(), layer((zeros, zeros)).numpy()
    assert (first != second).all()
    assert [int(weight) for weight in layer.get_weights()] == [2]


def test_sampling_moves_and_scales_the_noise():
    mean, log_var = np.full((4, 2), 3, np.float32), np.full((4, 2), np.log(4), np.float32)
    noise = standard_normal((4, 2), 1, np.int64(0)).numpy()
    np.testing.assert_allclose(Sampling(seed=1)((mean, log_var)), 3 + 2 * noise, rtol=1e-5)
