"""The datasets, and the order in which an epoch shows them."""

import zipfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vae.config import PIXELS, RunConfig
from vae.own_data import DataError, OwnSet, find, read
from vae.runs.weights import DAMAGE

TEST_SEED = 1_000_003
# Keeps the keys of the pixels' draws apart from those of the orders.
DRAWS_APART = 2**32
MNIST_FILE = Path(__file__).parent / "datasets" / "mnist.npz"
# The checksums that the archive's directory holds: comparing them costs nothing, and reading checks the bytes.
_MNIST_CRC = {"x_train": 520748590, "y_train": 2833694163, "x_test": 3889136243, "y_test": 3406427537}


class Data(NamedTuple):
    """A dataset in memory.

    Attributes:
        x_train: float32 [n, 784], pixels in 0..1.
        y_train: uint8 [n], labels 0..9 or fewer.
        x_test: float32 [m, 784], pixels in 0..1.
        y_test: uint8 [m], labels 0..9.
    """

    x_train: NDArray[np.float32]
    y_train: NDArray[np.uint8]
    x_test: NDArray[np.float32]
    y_test: NDArray[np.uint8]


class Dataset(NamedTuple):
    """A dataset's entry in the table: what people call it, its labels, and how its raw arrays are had.

    Attributes:
        title: its name.
        labels: the classes, at most ten, in the order of the label numbers.
        load: returns x_train uint8 [n, 28, 28], y_train uint8 [n], x_test, y_test; raises `DataError`.
        built_in: whether it is here without a download.
        images: how many there are, the test images included, which are the last seventh.
    """

    title: str
    labels: tuple[str, ...]
    load: Callable[[], tuple[NDArray, NDArray, NDArray, NDArray]]
    built_in: bool = False
    images: int = 70_000

    @property
    def test_images(self) -> int:
        """How many images the test set has."""
        return self.images // 7


def _load_mnist() -> tuple[NDArray, NDArray, NDArray, NDArray]:
    try:
        with zipfile.ZipFile(MNIST_FILE) as archive:
            if {Path(member.filename).stem: member.CRC for member in archive.infolist()} != _MNIST_CRC:
                raise DataError(f"{MNIST_FILE.name} does not hold MNIST; fetch the project again.")
        with np.load(MNIST_FILE, allow_pickle=False) as file:
            x_train, y_train, x_test, y_test = (file[name] for name in _MNIST_CRC)
    except DataError:
        raise
    except DAMAGE:
        raise DataError(f"{MNIST_FILE.name} is missing or damaged; fetch the project again.") from None
    return x_train, y_train, x_test, y_test


def _load_fashion_mnist() -> tuple[NDArray, NDArray, NDArray, NDArray]:
    import keras

    try:
        (x_train, y_train), (x_test, y_test) = keras.datasets.fashion_mnist.load_data()
    except Exception:  # the download raises many kinds, from a refused connection to a truncated file
        raise DataError(
            "Fashion-MNIST could not be downloaded; check the network and try again, or use MNIST, which is built in."
        ) from None
    return x_train, y_train, x_test, y_test


DATASETS: dict[str, Dataset] = {
    "mnist": Dataset("MNIST", tuple("0123456789"), _load_mnist, built_in=True),
    "fashion_mnist": Dataset(
        "Fashion-MNIST",
        ("T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
        _load_fashion_mnist,
    ),
}


def entry(name: str) -> Dataset:
    """The dataset that a config calls `name`, from the table or from what was uploaded here.

    Raises:
        DataError: it was uploaded elsewhere, or is deleted.
    """
    return DATASETS[name] if name in DATASETS else _own(find(name))


def _own(own: OwnSet) -> Dataset:
    def load() -> tuple[NDArray, NDArray, NDArray, NDArray]:
        images, labels = read(own)
        # Uploads are often sorted by label, and both parts should have all of them.
        order = epoch_order(TEST_SEED, 0, own.count)
        train, test = np.split(order, [own.count - own.count // 7])
        return images[train], labels[train], images[test], labels[test]

    return Dataset(own.title, own.labels, load, built_in=True, images=own.count)


def check(config: RunConfig) -> None:
    """Makes sure that there are the images that a training asks for.

    Raises:
        DataError: the dataset is not here, or has fewer.
    """
    found = entry(config.dataset)
    if config.images > found.images:
        raise DataError(
            f"images = {config.images} is not possible: the data set {config.dataset} has {found.images:,} images, "
            f"of which {found.test_images:,} are kept for testing."
        )


def test_images_seen(config: RunConfig) -> int:
    """How many of the test images, from the start of their set, are trained on; 0 where the set is not here."""
    try:
        found = entry(config.dataset)
    except DataError:
        return 0
    return max(config.images - (found.images - found.test_images), 0)


@lru_cache(maxsize=2)
def load(name: str) -> Data:
    """The dataset `name`, read once a process; its arrays are read-only.

    Raises:
        DataError: the file is missing or damaged, or the download failed.
    """
    x_train, y_train, x_test, y_test = entry(name).load()
    data = Data(_pixels(x_train), y_train, _pixels(x_test), y_test)
    for array in data:
        array.flags.writeable = False
    return data


def _pixels(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Images uint8 [n, 28, 28] as the tutorial feeds them: float32 [n, 784] in 0..1."""
    return images.reshape(len(images), PIXELS).astype(np.float32) / np.float32(255)


def mean_image(data: Data) -> NDArray[np.float64]:
    """The mean of the training images, float64 [784]: what a collapsed model answers to everything."""
    return data.x_train.mean(axis=0, dtype=np.float64)


def training_images(data: Data, n: int) -> NDArray[np.float32]:
    """The first `n` training images, float32 [n, 784]; the test images follow where these are not enough."""
    return data.x_train[:n] if n <= len(data.x_train) else np.concatenate([data.x_train, data.x_test])[:n]


def as_inputs(data: Data, inputs: str) -> Data:
    """The dataset as a model is tested on it.

    Args:
        data: in grey.
        inputs: "grey" leaves it so; "threshold" makes pixels above one half white; "dynamic" draws each pixel once,
            always the same, with its grey as the probability of white (Salakhutdinov and Murray 2008).
    """
    if inputs == "grey":
        return data
    return data._replace(x_train=as_input(data.x_train, inputs, 0), x_test=as_input(data.x_test, inputs, 1))


def as_input(x: NDArray[np.float32], inputs: str, draw: int) -> NDArray[np.float32]:
    """Images float32 [n, 784] as a model is tested on them, see `as_inputs`; `draw` numbers the draw of "dynamic"."""
    if inputs == "grey":
        return x
    return threshold(x) if inputs == "threshold" else binarize(x, TEST_SEED, draw)


def threshold(x: NDArray[np.float32]) -> NDArray[np.float32]:
    """Images float32 [n, 784] in black and white: 1 above one half, else 0."""
    return (x > 0.5).astype(np.float32)


def binarize(x: NDArray[np.float32], seed: int, draw: int) -> NDArray[np.float32]:
    """Images float32 [n, 784] in black and white, each pixel drawn with its grey as the probability of 1.

    The draws are a function of (seed, draw) alone, made from Philox's raw integers as in `epoch_order`.
    """
    key = np.array([seed, draw + DRAWS_APART], dtype=np.uint64)
    bits = np.random.Philox(key=key).random_raw(-(-x.size // 4)).view(np.uint16)[: x.size]
    # Of 15 bits, so that 32,768, for which every draw is a 1, fits as well.
    return ((bits >> 1).reshape(x.shape) < (x * 32_768).astype(np.uint16)).astype(np.float32)


def epoch_order(seed: int, epoch: int, n: int) -> NDArray[np.int32]:
    """The order in which epoch number `epoch` shows `n` images: int32 [n], a permutation.

    It sorts Philox's raw 64-bit integers, which NumPy keeps stable between versions (unlike `permutation`), so
    that the order is a function of (seed, epoch) alone, in every loop and on every machine.
    """
    bits = np.random.Philox(key=np.array([seed, epoch], dtype=np.uint64)).random_raw(n)
    return np.argsort(bits, kind="stable").astype(np.int32)
