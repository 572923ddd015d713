"""How the KL's weight grows."""

import numpy as np
import pytest

from vae.warm_up import share

STEPS = np.arange(25.0)


def test_without_a_warm_up_all_counts_from_the_start():
    assert share("none", 10, STEPS) == 1.0


def test_a_linear_one_climbs_once_and_stays():
    np.testing.assert_allclose(share("linear", 10, STEPS), np.minimum(STEPS / 10, 1))


def test_a_cyclical_one_begins_again_in_every_period():
    found = share("cyclical", 10, STEPS)
    np.testing.assert_allclose(found[:10], [0, 0.2, 0.4, 0.6, 0.8, 1, 1, 1, 1, 1])
    np.testing.assert_array_equal(found[10:20], found[:10])


@pytest.mark.parametrize("kind", ["none", "linear", "cyclical"])
def test_a_tensor_gives_what_an_array_gives(kind):
    import tensorflow as tf

    found = np.broadcast_to(share(kind, 7, tf.constant(STEPS, tf.float32), tf.minimum), STEPS.shape)
    np.testing.assert_allclose(found, np.broadcast_to(share(kind, 7, STEPS), STEPS.shape), rtol=1e-6)
