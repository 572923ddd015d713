"""What the encoder says of one image: draws from q(z|x), and the images whose codes are like its own."""

import numpy as np
from numpy.typing import NDArray

SEED = 1_000_037
MOST = 24


def draw(z_mean: NDArray[np.float32], z_log_var: NDArray[np.float32], n: int, number: int) -> NDArray[np.float32]:
    """Codes drawn from q(z|x) = N(z_mean, exp(z_log_var)) of one image (Kingma and Welling 2013, equation 9).

    Args:
        z_mean: float32 [latent_dim].
        z_log_var: float32 [latent_dim].
        n: how many, up to `MOST`; more of them begin with the same ones.
        number: of the draw: the same number gives the same noise.

    Returns:
        float32 [n, latent_dim].
    """
    from vae.model.layers import noise

    epsilon = noise((MOST, len(z_mean)), SEED, number)[:n]
    return z_mean + np.exp(0.5 * z_log_var) * epsilon


def spread(images: NDArray[np.float32]) -> NDArray[np.float32]:
    """How much each pixel changes among images [n, 784]: the standard deviation (dividing by n - 1), float32 [784]."""
    return images.std(axis=0, ddof=1, dtype=np.float64).astype(np.float32)


def votes(
    z: NDArray[np.float32], codes: NDArray[np.float32], labels: NDArray[np.uint8], n: int
) -> list[tuple[int, int]]:
    """What the images with the nearest codes are, by Euclidean distance.

    Args:
        z: float32 [latent_dim], the code of one image.
        codes: float32 [m, latent_dim], those of the others.
        labels: uint8 [m], of the others.
        n: how many of them have a vote.

    Returns:
        the labels that have votes and how many, the most first.
    """
    near = np.argsort(np.square(codes - z).sum(axis=1), kind="stable")[:n]
    found, counts = np.unique(labels[near], return_counts=True)
    return [(int(found[place]), int(counts[place])) for place in np.argsort(-counts, kind="stable")]
