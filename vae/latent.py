"""Codes of images, reconstructions from them, and ways to walk between them.

TensorFlow is imported by the functions that need it: a page draws its controls before it is there.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vae.data import epoch_order

EVALUATION_SEED = 1_000_003
PRIOR_SEED = 1_000_033
ACTIVE_VARIANCE = 0.01
PART = 2000


class Codes(NamedTuple):
    """What the encoder says of n images.

    Attributes:
        z_mean: float32 [n, latent_dim].
        z_log_var: float32 [n, latent_dim].
        kl: float64 [latent_dim], nats a unit, mean over the images.
    """

    z_mean: NDArray[np.float32]
    z_log_var: NDArray[np.float32]
    kl: NDArray[np.float64]


def encode(model, x: NDArray[np.float32]) -> Codes:
    """The codes of images float32 [n, 784]."""
    answers = zip(*(model.codes(part) for part in parts(x)), strict=True)
    z_mean, z_log_var, kl = (np.concatenate(parts) for parts in answers)
    return Codes(z_mean, z_log_var, kl.mean(axis=0, dtype=np.float64))


def parts(rows: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """Rows some at a time, because a convolution's answers to all test images would not fit into memory."""
    return [rows[first : first + PART] for first in range(0, len(rows), PART)] or [rows]


def active_units(codes: Codes) -> int:
    """Units whose z_mean varies by more than .01 across images (Burda et al. 2015, section 5.2)."""
    return int((codes.z_mean.var(axis=0, dtype=np.float64) > ACTIVE_VARIANCE).sum())


def decode(model, z: NDArray[np.float32]) -> NDArray[np.float32]:
    """The images of codes float32 [n, latent_dim]: float32 [n, 784]."""
    return np.concatenate([model.images(part).numpy() for part in parts(z)])


def noise(n: int, latent_dim: int, draw: int) -> NDArray[np.float32]:
    """Standard normal noise for the codes of n images, float32 [n, latent_dim]; the same `draw` gives the same."""
    from vae.model import layers

    return layers.noise((n, latent_dim), EVALUATION_SEED, draw)


def sampled(codes: Codes, epsilon: NDArray[np.float32]) -> NDArray[np.float32]:
    """The draws from q(z|x) that noise float32 [n, latent_dim] gives (Kingma and Welling 2013, section 2.4)."""
    return codes.z_mean + np.exp(0.5 * codes.z_log_var) * epsilon


def draw_z(codes: Codes, draw: int) -> NDArray[np.float32]:
    """One draw of z for every image, float32 [n, latent_dim]; the same `draw` gives the same noise."""
    n, latent_dim = codes.z_mean.shape
    return sampled(codes, noise(n, latent_dim, draw))


def prior(n: int, latent_dim: int, draw: int) -> NDArray[np.float32]:
    """Codes from the standard normal prior, float32 [n, latent_dim]; the same `draw` gives the same codes."""
    from vae.model import layers

    return layers.noise((n, latent_dim), PRIOR_SEED, draw)


def squared_norms(x: NDArray[np.float32]) -> NDArray[np.float32]:
    """|x|^2 of each row of float32 [n, m]: float32 [n]."""
    return np.einsum("ij,ij->i", x, x)


def nearest(
    images: NDArray[np.float32], x: NDArray[np.float32], norms: NDArray[np.float32] | None = None
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Which of many images differs least from each of a few.

    Args:
        images: float32 [m, 784].
        x: float32 [n, 784], where to look.
        norms: what `squared_norms` gives for `x`, if it is known: of many images it takes longer than all the rest.

    Returns:
        the places in `x`, [m], and the squared difference a pixel, float64 [m].
    """
    # |x - y|^2 = |x|^2 - 2 x y + |y|^2, of which the last does not matter for the choice.
    norms = squared_norms(x) if norms is None else norms
    places = np.argmin(norms[:, None] - x @ (2 * images.T), axis=0)
    return places, squared_errors(images, x[places])


def squared_errors(x: NDArray[np.float32], y: NDArray[np.float32]) -> NDArray[np.float64]:
    """The squared difference a pixel of each pair of images, float32 [n, 784] both: float64 [n]."""
    return np.mean(np.square(np.subtract(x, y, dtype=np.float64)), axis=1)


def variance(answers: NDArray[np.float32]) -> float:
    """How much answers float32 [n, 784] differ from image to image: their variance, mean over pixels."""
    return float(answers.var(axis=0, dtype=np.float64).mean())


def shuffled(n: int, draw: int) -> NDArray[np.int32]:
    """A random order of n images, int32 [n]; the same `draw` is the same order on every machine."""
    return epoch_order(draw, 0, n)


def choose_images(
    labels: NDArray[np.uint8], wanted: Sequence[int], count: int, order: NDArray[np.integer] | None = None
) -> NDArray[np.intp]:
    """The places of at most `count` images with one of the labels `wanted`.

    Args:
        labels: uint8 [n], of all images.
        wanted: labels; all if empty.
        count: how many.
        order: [m], the places that are gone through, in their order; all in their own if None.
    """
    order = np.arange(len(labels)) if order is None else order
    kept = np.isin(labels[order], wanted) if wanted else np.ones(len(order), bool)
    return order[kept][:count].astype(np.intp)


def traversal(z: NDArray[np.float32], unit: int, steps: int, extent: float) -> NDArray[np.float32]:
    """Codes that are `z` but for one unit, which runs from -extent to extent.

    Args:
        z: float32 [latent_dim].
        unit: the one that changes.
        steps: how many codes.
        extent: where they end.

    Returns:
        float32 [steps, latent_dim].
    """
    codes = np.repeat(z[None], steps, axis=0).astype(np.float32)
    codes[:, unit] = np.linspace(-extent, extent, steps)
    return codes
