"""Flat pieces of the latent space: what a map shows, and where the decoded grid on it lies."""

from collections.abc import Sequence
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vae.latent import Codes

ELLIPSE_POINTS = 48
# Of a normal distribution in the plane, 95 % lies within this many standard deviations: sqrt(-2 log .05).
RADIUS = 2.4477


class PlaneError(ValueError):
    """Points that span no plane; the message is a sentence."""


class Plane(NamedTuple):
    """The codes origin + a * axes[0] + b * axes[1].

    Attributes:
        origin: float32 [latent_dim].
        axes: float32 [2, latent_dim], or [1, latent_dim] where there is only one unit; of length 1, at right angles.
        titles: of the axes.
    """

    origin: NDArray[np.float32]
    axes: NDArray[np.float32]
    titles: tuple[str, ...]


def of_units(kl: NDArray[np.float64], horizontal: int | None = None, vertical: int | None = None) -> Plane:
    """The plane of two units, the others at 0: those given, and for the others those with the most KL that are left.

    Args:
        kl: float64 [latent_dim], nats a unit.
        horizontal: a unit, or None for one to be found.
        vertical: likewise; of two to be found, the one with the smaller number is horizontal.
    """
    units = _units(kl, horizontal, vertical)
    axes = np.eye(len(kl), dtype=np.float32)[list(units)]
    return Plane(np.zeros(len(kl), np.float32), axes, tuple(f"unit {unit} ({kl[unit]:.2f} nats)" for unit in units))


def whole(units: int) -> Plane:
    """All of a latent space that has one unit or two."""
    return Plane(np.zeros(units, np.float32), np.eye(units, dtype=np.float32), tuple(f"unit {n}" for n in range(units)))


def _units(kl: NDArray[np.float64], horizontal: int | None, vertical: int | None) -> tuple[int, ...]:
    free = [int(unit) for unit in np.argsort(-kl, kind="stable") if unit not in (horizontal, vertical)]
    if horizontal is None and vertical is None:
        return tuple(sorted(free[:2]))
    first = free.pop(0) if horizontal is None else horizontal
    return first, free[0] if vertical is None else vertical


def principal(codes: Codes) -> Plane:
    """The plane in which the codes' means vary most, through their mean (Pearson 1901)."""
    mean = codes.z_mean.mean(axis=0, dtype=np.float64)
    variances, directions = np.linalg.eigh(np.cov(codes.z_mean - mean, rowvar=False))
    shares = variances[::-1] / max(variances.sum(), 1e-12)
    axes = directions[:, ::-1].T[:2]
    # An eigenvector has no sign of its own; the largest of its elements shall be positive.
    axes *= np.sign(axes[np.arange(2), np.abs(axes).argmax(axis=1)])[:, None]
    titles = (f"component {number + 1} ({shares[number]:.0%} of the variance)" for number in range(2))
    return Plane(mean.astype(np.float32), axes.astype(np.float32), tuple(titles))


def through(z: NDArray[np.float32], names: Sequence[str]) -> Plane:
    """The plane through three codes, its origin in their middle.

    Args:
        z: float32 [3, latent_dim].
        names: of the three; the horizontal axis goes from the first towards the second.

    Raises:
        PlaneError: the three lie on a line.
    """
    first, second = (z[1:] - z[0]).astype(np.float64)
    across = first / max(float(np.linalg.norm(first)), 1e-12)
    up = second - (second @ across) * across
    length = float(np.linalg.norm(up))
    if length < 1e-3 or np.linalg.norm(first) < 1e-3:
        raise PlaneError("These three codes lie on a line, so that there is no plane through them.")
    titles = f"from {names[0]} towards {names[1]}", f"towards {names[2]}"
    return Plane(z.mean(axis=0), np.stack([across, up / length]).astype(np.float32), titles)


def project(plane: Plane, z: NDArray[np.float32]) -> NDArray[np.float32]:
    """Where codes float32 [n, latent_dim] are on the plane: float32 [n, 2], or [n, 1] on a line."""
    return (z - plane.origin).astype(np.float32) @ plane.axes.T


def share(plane: Plane, z: NDArray[np.float32]) -> float:
    """How much of the variance of codes float32 [n, latent_dim] is left on the plane, in 0..1."""
    whole = float(z.var(axis=0, dtype=np.float64).sum())
    return float(project(plane, z).var(axis=0, dtype=np.float64).sum()) / max(whole, 1e-12)


def places(size: int, extent: float, quantiles: bool) -> NDArray[np.float32]:
    """Coordinates along one side of a grid, float32 [size], from -extent to extent.

    Args:
        size: how many.
        extent: where they end.
        quantiles: equally many draws from a standard normal distribution between each two neighbours, so that there
            are more of them where there are more codes (Kingma and Welling 2013, figure 4); otherwise evenly spaced.
    """
    if not quantiles:
        return np.linspace(-extent, extent, size, dtype=np.float32)
    normal = NormalDist()
    return np.array([normal.inv_cdf(p) for p in np.linspace(normal.cdf(-extent), normal.cdf(extent), size)], np.float32)


def grid(plane: Plane, along: NDArray[np.float32]) -> NDArray[np.float32]:
    """Codes on a square grid over the plane; over a line, all rows are the same.

    Args:
        plane: where they lie.
        along: float32 [size], the coordinates along each side, ascending.

    Returns:
        float32 [size * size, latent_dim], row by row from the top, where the vertical coordinate is largest.
    """
    horizontal = along[None, :, None] * plane.axes[0]
    vertical = along[::-1, None, None] * plane.axes[1] if len(plane.axes) > 1 else np.zeros((len(along), 1, 1))
    return (plane.origin + horizontal + vertical).reshape(-1, plane.axes.shape[1]).astype(np.float32)


def ellipse(plane: Plane, z_mean: NDArray[np.float32], z_log_var: NDArray[np.float32]) -> NDArray[np.float32]:
    """Where 95 % of the draws from q(z|x) = N(z_mean, exp(z_log_var)) fall on the plane.

    Args:
        plane: with two axes.
        z_mean: float32 [latent_dim].
        z_log_var: float32 [latent_dim].

    Returns:
        float32 [49, 2], a closed curve.
    """
    variances, directions = np.linalg.eigh((plane.axes * np.exp(z_log_var)) @ plane.axes.T)
    angle = np.linspace(0, 2 * np.pi, ELLIPSE_POINTS + 1)
    circle = np.column_stack([np.cos(angle), np.sin(angle)]) * np.sqrt(np.maximum(variances, 0))
    return (project(plane, z_mean[None]) + RADIUS * circle @ directions.T).astype(np.float32)
