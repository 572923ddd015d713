"""MNIST is the real one, and an epoch's order is a function of seed and epoch."""

import hashlib
import shutil
import urllib.error

import numpy as np
import pytest

from tests.conftest import SMALL, train_here
from vae import data

SHA256 = {
    "x_train": "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757",
    "y_train": "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13",
    "x_test": "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161",
    "y_test": "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5",
}


def test_mnist_is_the_authentic_one():
    arrays = dict(zip(SHA256, data.DATASETS["mnist"].load(), strict=True))
    assert {name: hashlib.sha256(array.tobytes()).hexdigest() for name, array in arrays.items()} == SHA256


def test_images_are_rows_of_floats_from_0_to_1():
    mnist = data.load("mnist")
    assert (mnist.x_train.shape, mnist.x_test.shape) == ((60_000, 784), (10_000, 784))
    assert mnist.x_train.dtype == np.float32
    assert (mnist.x_train.min(), mnist.x_train.max()) == (0.0, 1.0)


def test_a_loaded_dataset_cannot_be_changed_by_accident():
    with pytest.raises(ValueError, match="read-only"):
        data.load("mnist").x_train[0, 0] = 1


@pytest.fixture
def mnist_copy(tmp_path, monkeypatch):
    copy = tmp_path / "mnist.npz"
    shutil.copy(data.MNIST_FILE, copy)
    monkeypatch.setattr(data, "MNIST_FILE", copy)
    return copy


def test_a_truncated_file_is_said_in_a_sentence(mnist_copy):
    mnist_copy.write_bytes(mnist_copy.read_bytes()[:5_000_000])
    with pytest.raises(data.DataError, match="mnist.npz is missing or damaged; fetch the project again."):
        data.DATASETS["mnist"].load()


def test_a_flipped_bit_is_noticed(mnist_copy):
    content = bytearray(mnist_copy.read_bytes())
    content[3_000_000] ^= 16
    mnist_copy.write_bytes(content)
    with pytest.raises(data.DataError, match="damaged"):
        data.DATASETS["mnist"].load()


def test_an_archive_that_says_it_is_encrypted_is_said_in_a_sentence(mnist_copy):
    content = bytearray(mnist_copy.read_bytes())
    content[6] |= 1
    directory = content.rindex(b"PK\x01\x02")
    for start in (at for at in range(directory - 500, directory + 1) if content[at : at + 4] == b"PK\x01\x02"):
        content[start + 8] |= 1
    mnist_copy.write_bytes(content)
    with pytest.raises(data.DataError, match="damaged"):
        data.DATASETS["mnist"].load()


def test_a_missing_file_is_said_in_a_sentence(mnist_copy):
    mnist_copy.unlink()
    with pytest.raises(data.DataError, match="missing or damaged"):
        data.DATASETS["mnist"].load()


def test_another_file_of_that_name_is_refused(mnist_copy):
    np.savez(mnist_copy, x_train=np.zeros(3))
    with pytest.raises(data.DataError, match="does not hold MNIST"):
        data.DATASETS["mnist"].load()


def test_without_a_network_a_run_on_fashion_mnist_fails_with_a_sentence(record, monkeypatch):
    import keras

    def no_network():
        raise urllib.error.URLError("no route to host")

    monkeypatch.setattr(keras.datasets.fashion_mnist, "load_data", no_network)
    run = train_here(record, SMALL.model_copy(update={"dataset": "fashion_mnist"}))
    assert run.state == "failed"
    assert run.error.startswith("Fashion-MNIST could not be downloaded; check the network")


def test_an_order_shows_every_image_once():
    assert sorted(data.epoch_order(3, 1, 1000)) == list(range(1000))


def test_every_epoch_and_every_seed_has_its_own_order():
    orders = {tuple(data.epoch_order(seed, epoch, 50)) for seed in range(4) for epoch in range(4)}
    assert len(orders) == 16


def test_an_order_never_changes_between_versions():
    assert data.epoch_order(0, 0, 10).tolist() == [0, 2, 9, 1, 8, 5, 4, 3, 6, 7]


def test_a_binarized_image_keeps_black_and_white_and_has_the_greys_on_average():
    x = np.tile(np.float32([0, 0.25, 0.9, 1]), (40_000, 1))
    drawn = data.binarize(x, 0, 0)
    assert set(np.unique(drawn)) == {0, 1} and drawn.dtype == np.float32
    assert not drawn[:, 0].any() and drawn[:, 3].all()
    np.testing.assert_allclose(drawn.mean(axis=0), x[0], atol=0.01)


def test_the_pixels_are_drawn_independently_and_anew_for_each_draw_and_seed():
    x = np.full((1000, 7), 0.5, np.float32)
    first = data.binarize(x, 3, 0)
    np.testing.assert_array_equal(data.binarize(x, 3, 0), first)
    others = [data.binarize(x, 3, 1), data.binarize(x, 4, 0)]
    assert all(0.45 < (first == other).mean() < 0.55 for other in others)
    correlation = np.corrcoef(first.T)
    assert np.abs(correlation - np.eye(7)).max() < 0.15


def test_the_threshold_is_one_half():
    np.testing.assert_array_equal(data.threshold(np.float32([[0, 0.5, 0.51, 1]])), [[0, 0, 1, 1]])


@pytest.mark.parametrize("inputs", ["dynamic", "threshold"])
def test_a_binarized_dataset_is_the_same_every_time(inputs):
    mnist = data.load("mnist")
    small = mnist._replace(x_train=mnist.x_train[:100], x_test=mnist.x_test[:50])
    seen = data.as_inputs(small, inputs)
    assert set(np.unique(seen.x_test)) == {0, 1} and seen.x_test.shape == (50, 784)
    np.testing.assert_array_equal(data.as_inputs(small, inputs).x_test, seen.x_test)
    assert data.as_inputs(small, "grey") is small


def test_test_images_follow_where_the_training_images_are_not_enough():
    mnist = data.load("mnist")
    assert len(data.training_images(mnist, 60_000)) == 60_000
    whole = data.training_images(mnist, 70_000)
    np.testing.assert_array_equal(whole[60_000:], mnist.x_test)
