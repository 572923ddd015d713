"""Codes of images, reconstructions from them, and ways to walk between them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vae.model.layers import standard_normal
from vae.objective import kl_per_unit

EVALUATION_SEED = 1_000_003


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
    z_mean, z_log_var = model.encoder.moments(x)
    kl = kl_per_unit(z_mean, z_log_var).numpy().mean(axis=0, dtype=np.float64)
    return Codes(z_mean.numpy(), z_log_var.numpy(), kl)


def decode(model, z: NDArray[np.float32]) -> NDArray[np.float32]:
    """The images of codes float32 [n, latent_dim]: float32 [n, 784]."""
    return model.decoder(z).numpy()


def reconstruct(model, x: NDArray[np.float32], sample: bool = True, draw: int = 0) -> NDArray[np.float32]:
    """Images through the model and back: float32 [n, 784].

    Args:
        model: a built `VariationalAutoEncoder`.
        x: float32 [n, 784].
        sample: decode one draw of z an image, as in training; else z_mean.
        draw: which draw; the same one gives the same noise.
    """
    codes = encode(model, x)
    return decode(model, draw_z(codes, draw) if sample else codes.z_mean)


def draw_z(codes: Codes, draw: int) -> NDArray[np.float32]:
    """One draw of z for every image, float32 [n, latent_dim]; the same `draw` gives the same noise."""
    epsilon = standard_normal(codes.z_mean.shape, EVALUATION_SEED, np.int64(draw)).numpy()
    return codes.z_mean + np.exp(0.5 * codes.z_log_var) * epsilon


def most_informative_units(kl: NDArray[np.float64]) -> tuple[int, ...]:
    """The two units with the most KL, in ascending order; (0,) where there is only one."""
    return tuple(sorted(int(unit) for unit in np.argsort(-kl, kind="stable")[:2]))


def grid(units: tuple[int, ...], latent_dim: int, size: int, extent: float) -> NDArray[np.float32]:
    """Codes on a square grid over the plane of two units, the other units at 0.

    Args:
        units: the horizontal and the vertical unit; with one unit only, all rows are the same.
        latent_dim: units in all.
        size: points along each side.
        extent: the grid spans -extent to extent.

    Returns:
        float32 [size * size, latent_dim], row by row from the top, where the vertical unit is largest.
    """
    z = np.zeros((size, size, latent_dim), np.float32)
    z[..., units[0]] = np.linspace(-extent, extent, size)[None, :]
    if len(units) > 1:
        z[..., units[1]] = np.linspace(extent, -extent, size)[:, None]
    return z.reshape(size * size, latent_dim)


def line(start: NDArray[np.float32], end: NDArray[np.float32], steps: int) -> NDArray[np.float32]:
    """Codes on the straight line from `start` to `end`, each float32 [latent_dim]: float32 [steps, latent_dim]."""
    t = np.linspace(0, 1, steps, dtype=np.float32)[:, None]
    return ((1 - t) * start + t * end).astype(np.float32)
