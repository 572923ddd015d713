"""Principal component analysis: what a linear model can make of the images (Bishop 2006, chapter 12.1)."""

import numpy as np
from numpy.typing import NDArray


def spectrum(x: NDArray[np.float32]) -> NDArray[np.float64]:
    """The eigenvalues of the covariance of images float32 [n, 784], the largest first: float64 [784]."""
    return np.maximum(np.linalg.eigvalsh(_covariance(x))[::-1], 0)


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
