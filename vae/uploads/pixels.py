"""Images of any size and range as bytes of 28 by 28."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from vae.confined import Refused
from vae.uploads.limits import MAX_IMAGES, MAX_SIDE, MIN_IMAGES, MIN_SIDE

SIDE = 28
# Values up to this are a scale of their own, such as 0 to 16, and not a dark picture.
SMALL_SCALE = 64
# Rec. 601, as Pillow makes grey of colours.
LUMA = np.array([0.299, 0.587, 0.114], np.float32)
AT_ONCE = 1000


class Found(NamedTuple):
    """What a reader found in an upload.

    Attributes:
        images: uint8 [n, 28, 28].
        size: of the images as they came, in words.
        scale: of their values, in words.
        labels: the label of each, as it came, text or whole numbers [n]; None if there are none.
        aside: a sentence on what was left out, or nothing.
    """

    images: NDArray[np.uint8]
    size: str
    scale: str
    labels: NDArray[Any] | None
    aside: str = ""


def check_count(n: int) -> None:
    """Refuses too few or too many images."""
    if not MIN_IMAGES <= n <= MAX_IMAGES:
        few_or_many = "Too few images: there are" if n < MIN_IMAGES else "Too many images: there are"
        raise Refused(f"{few_or_many} {n:,}, and it must be from {MIN_IMAGES} to {MAX_IMAGES:,}.")


def check_side(height: int, width: int) -> None:
    """Refuses images that are too small or too large."""
    if not (MIN_SIDE <= height <= MAX_SIDE and MIN_SIDE <= width <= MAX_SIDE):
        raise Refused(
            f"An image has {height:,} × {width:,} pixels, and each side must have from {MIN_SIDE} to {MAX_SIDE:,}."
        )


def from_array(x: NDArray[Any]) -> tuple[NDArray[np.uint8], str, str]:
    """Images of numbers as uint8 [n, 28, 28], with their size and their scale in words.

    Args:
        x: [n, height, width] or [n, height, width, 3 or 4] of numbers: 0..1, 0..255 or a smaller scale from 0 on.

    Raises:
        Refused: other values.
    """
    low, high = float(x.min()), float(x.max())
    if not np.isfinite([low, high]).all():
        raise Refused("Some values are not numbers (NaN or infinite).")
    if low < 0 or high > 255:
        raise Refused(f"The values go from {low:g} to {high:g}, and they must lie in 0 to 1 or in 0 to 255.")
    if low == high:
        raise Refused(f"There is nothing to see: all values are {low:g}.")
    white = 1 if high <= 1 else high if high < SMALL_SCALE else 255
    scale = f"values from {low:.3g} to {high:.3g}" + ("" if white in (1, 255) else f", {high:.3g} taken as white")
    images = np.empty((len(x), SIDE, SIDE), np.uint8)
    for start in range(0, len(x), AT_ONCE):
        some = x[start : start + AT_ONCE].astype(np.float32)
        grey = some if some.ndim == 3 else some[..., :3] @ LUMA
        images[start : start + len(some)] = _fitted(np.rint(grey * np.float32(255 / white)).astype(np.uint8))
    return images, f"{x.shape[1]} × {x.shape[2]} pixels", scale


def _fitted(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if images.shape[1:] == (SIDE, SIDE):
        return images
    return np.stack([squared(Image.fromarray(image)) for image in images])


def squared(image: Image.Image) -> NDArray[np.uint8]:
    """A picture in grey (Pillow's mode L) as uint8 [28, 28], with its proportions and without aliasing.

    What is not square gets margins of its border's median grey.
    """
    if image.size == (SIDE, SIDE):
        return np.asarray(image)
    if image.width == image.height:
        return np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BILINEAR))
    pixels = np.asarray(image)
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    return np.asarray(ImageOps.pad(image, (SIDE, SIDE), Image.Resampling.BILINEAR, color=int(np.median(border))))
