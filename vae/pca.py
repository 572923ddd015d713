"""Principal component analysis: what a linear model can make of the images (Bishop 2006, chapter 12.1)."""

import numpy as np
from numpy.typing import NDArray


def spectrum(x: NDArray[np.float32], divided: bool = False, binarized: bool = False) -> NDArray[np.float64]:
    """The eigenvalues of the covariance of images, the largest first: float64 [784].

    Args:
        x: float32 [n, 784], in 0..1.
        divided: whether each pixel counts in units of sqrt(p (1 - p)), p being its mean.
        binarized: whether each pixel is then drawn as 0 or 1 with its grey as the probability of 1.
    """
    mean, covariance = x.mean(axis=0, dtype=np.float64), _covariance(x)
    if binarized:
        # Draws around the grey add their variance, p (1 - p) in all, and no covariance.
        np.fill_diagonal(covariance, mean * (1 - mean))
    if divided:
        deviation = np.sqrt(mean * (1 - mean))
        scale = np.divide(1, deviation, out=np.zeros_like(deviation), where=deviation > 0)
        covariance *= np.outer(scale, scale)
    return np.maximum(np.linalg.eigvalsh(covariance)[::-1], 0)


def error(x_train: NDArray[np.float32], x_test: NDArray[np.float32], components: int) -> float:
    """The squared error a pixel of PCA on images that it has not seen.

    Args:
        x_train: float32 [n, 784], where the components are from.
        x_test: float32 [m, 784], what is projected onto them.
        components: how many, those with the largest eigenvalues.
    """
    _, vectors = np.linalg.eigh(_covariance(x_train))
    centred = x_test - x_train.mean(axis=0, dtype=np.float64)
    kept = centred @ vectors[:, len(vectors) - min(components, len(vectors)) :]
    return float((np.square(centred).sum() - np.square(kept).sum()) / centred.size)


def _covariance(x: NDArray[np.float32]) -> NDArray[np.float64]:
    mean = x.mean(axis=0, dtype=np.float64)
    return (x.T @ x).astype(np.float64) / len(x) - np.outer(mean, mean)
