"""Ways through the latent space from one code to another, and how near they keep to the data."""

import numpy as np
from numpy.typing import NDArray

from vae.latent import decode

# Codes whose own neighbours tell what near means.
ASKED = 200
PARALLEL = 1e-3


def shares(steps: int) -> NDArray[np.float32]:
    """How far each of `steps` points is along a line: float32 [steps], from 0 to 1."""
    return np.linspace(0, 1, steps, dtype=np.float32)


def line(start: NDArray[np.float32], end: NDArray[np.float32], steps: int) -> NDArray[np.float32]:
    """Codes on the straight line from `start` to `end`, each float32 [latent_dim]: float32 [steps, latent_dim]."""
    t = shares(steps)[:, None]
    return ((1 - t) * start + t * end).astype(np.float32)


def arc(start: NDArray[np.float32], end: NDArray[np.float32], steps: int) -> NDArray[np.float32]:
    """Codes on the arc around zero from `start` to `end`, each float32 [latent_dim]: float32 [steps, latent_dim].

    In many dimensions nearly all of a normal distribution lies far from zero, and the straight line comes nearer to it
    than any code does (White 2016, "Sampling Generative Networks"). Where the two span no plane, the arc is the line.
    """
    lengths = max(float(np.linalg.norm(start) * np.linalg.norm(end)), 1e-12)
    angle = np.arccos(np.clip(float(start @ end) / lengths, -1, 1))
    if np.sin(angle) < PARALLEL or lengths < PARALLEL:
        return line(start, end, steps)
    t = shares(steps)[:, None]
    return ((np.sin((1 - t) * angle) * start + np.sin(t * angle) * end) / np.sin(angle)).astype(np.float32)


def bilinear(corners: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """Codes between four: float32 [size * size, latent_dim], row by row from the top.

    Args:
        corners: float32 [4, latent_dim]: upper left, upper right, lower left, lower right.
        size: how many along each side.
    """
    left, right = line(corners[0], corners[2], size), line(corners[1], corners[3], size)
    return np.concatenate([line(start, end, size) for start, end in zip(left, right, strict=True)])


def interpolation(model, x: NDArray[np.float32], path: NDArray[np.float32]) -> NDArray[np.float32]:
    """The way from one image to another, through the latent space.

    Args:
        model: a built `VariationalAutoEncoder`.
        x: float32 [2, 784], the two images.
        path: float32 [steps, latent_dim], the codes between, both ends included.

    Returns:
        float32 [steps + 2, 784]: the first image, the decoded codes, the second image.
    """
    return np.concatenate([x[:1], decode(model, path), x[1:]])


def squared_norms(path: NDArray[np.float32]) -> NDArray[np.float64]:
    """|z|^2 of codes float32 [n, latent_dim]: float64 [n].

    -1/2 |z|^2 is their log density under the prior but for a constant; of draws from it |z|^2 follows the chi-square
    distribution with latent_dim degrees of freedom.
    """
    return np.einsum("ij,ij->i", path, path, dtype=np.float64)


def prior_range(latent_dim: int, deviate: float) -> tuple[float, float]:
    """The squared norms between which draws from the prior lie.

    Chi-square quantiles by the approximation of Wilson and Hilferty 1931: its cube root is nearly normal.

    Args:
        latent_dim: degrees of freedom.
        deviate: of the standard normal distribution, such as 2.576 for 99 % of the draws.
    """
    spread = 2 / (9 * latent_dim)
    low, high = (latent_dim * max(1 - spread + sign * deviate * spread**0.5, 0.0) ** 3 for sign in (-1, 1))
    return low, high


def distances(path: NDArray[np.float32], z: NDArray[np.float32]) -> NDArray[np.float64]:
    """From each code of float32 [n, latent_dim] to the nearest of the codes `z` [m, latent_dim]: float64 [n]."""
    return np.sqrt(np.maximum(_squared_distances(path, z).min(axis=1), 0))


def typical_distance(z: NDArray[np.float32]) -> float:
    """The median distance of the first 200 codes of [m, latent_dim] to their nearest neighbours among all."""
    squares = _squared_distances(z[:ASKED], z)
    np.fill_diagonal(squares, np.inf)
    return float(np.median(np.sqrt(np.maximum(squares.min(axis=1), 0))))


def _squared_distances(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float64]:
    return squared_norms(a)[:, None] - 2 * a.astype(np.float64) @ b.T + squared_norms(b)
