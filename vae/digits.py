"""An image of one's own, drawn or uploaded, made into one like MNIST's.

MNIST's digits were scaled, with their proportions, into a square of 20 by 20 pixels and put into one of 28 by 28 with
their centre of mass in the middle (LeCun et al. 1998, "Gradient-based learning applied to document recognition",
section III A).
"""

import base64
import binascii
import io
import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from vae.confined import Refused

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
MAX_BYTES = 5 * 2**20
MAX_PIXELS = 20_000_000
# What the canvas sends is far smaller; whoever forges a drawing has it decoded in the server.
MAX_DRAWN_BYTES, MAX_DRAWN_PIXELS = 2**18, 512 * 512
SIDE, BOX = 28, 20
# Looked at in no more pixels a side than this.
WORKING_SIDE = 1000
# Less contrast than this, as a share of the grey scale, is an empty image.
CONTRAST = 0.1
# A pixel with this share of the most ink belongs to the digit: more than what JPEG leaves around strokes. Where the
# paper is uneven it takes more, but never more than the second.
LEAST_INK, ENOUGH_INK = 0.15, 0.5
URL_START = "data:image/png;base64,"

# What is too large for Pillow is refused here like what is too large for us, not told in the server's log.
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)


class DigitError(Refused):
    """An image that no digit can be made of; the message is a sentence."""


def from_url(url: object) -> NDArray[np.float32]:
    """A drawing that a browser sent as a data address of a PNG: float32 [784], see `from_bytes`.

    Raises:
        DigitError: it is something else.
    """
    if not isinstance(url, str) or not url.startswith(URL_START) or len(url) > 2 * MAX_DRAWN_BYTES:
        raise DigitError("The drawing did not arrive as a picture; draw it once more.")
    try:
        content = base64.b64decode(url.removeprefix(URL_START), validate=True)
    except (binascii.Error, ValueError):
        raise DigitError("The drawing arrived damaged; draw it once more.") from None
    return _digit(content, MAX_DRAWN_BYTES, MAX_DRAWN_PIXELS, ("PNG",))


def read(payload: bytes) -> dict[str, Any]:
    """`from_bytes` as a reader for `vae.confined`: the image is `x`."""
    return {"x": from_bytes(payload)}


def from_bytes(content: bytes) -> NDArray[np.float32]:
    """The image in a file, of any size, light on dark or dark on light, as MNIST has its digits.

    Args:
        content: of a file in one of `FORMATS`. Its size is checked before its pixels are read.

    Returns:
        float32 [784], pixels in 0..1, ink above 0.

    Raises:
        DigitError: it is too large, damaged, in another format or empty.
    """
    return _digit(content, MAX_BYTES, MAX_PIXELS, FORMATS)


def _digit(content: bytes, max_bytes: int, max_pixels: int, formats: tuple[str, ...]) -> NDArray[np.float32]:
    too_many = f"The image has too many pixels: at most {max_pixels / 1e6:.3g} million are read."
    if len(content) > max_bytes:
        raise DigitError(f"The image is too large: at most {max_bytes / 2**20:.3g} MB are read.")
    try:
        with Image.open(io.BytesIO(content), formats=formats) as image:
            if image.width * image.height > max_pixels:
                raise DigitError(too_many)
            grey, opacity = _grey(image)
    except DigitError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise DigitError(too_many) from None
    except Image.UnidentifiedImageError:
        raise DigitError("This is not an image that can be read: it must be PNG, JPEG, WebP, GIF or BMP.") from None
    except Exception:  # Pillow's readers raise many kinds, from a truncated file to a wrong header
        raise DigitError("The image is damaged and cannot be read.") from None
    return from_grey(grey, opacity)


def _grey(image: Image.Image) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The grey and the opacity of an image, float32 [height, width] in 0..1 both, turned as its EXIF data say."""
    if image.mode.startswith("I"):  # 16 bits, which Pillow would clip to 8
        image = Image.fromarray((np.asarray(image, np.float32) / 257).astype(np.uint8))
    small = ImageOps.exif_transpose(image).convert("RGBA").convert("LA")
    small.thumbnail((WORKING_SIDE, WORKING_SIDE))
    pixels = np.asarray(small).astype(np.float32) / np.float32(255)
    return pixels[..., 0], pixels[..., 1]


def from_grey(grey: NDArray[np.float32], opacity: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
    """An image in grey as MNIST has its digits: scaled into a box, its centre of mass in the middle.

    Args:
        grey: [height, width], in 0..1.
        opacity: the same shape, in 0..1; all opaque if None.

    Returns:
        float32 [784], pixels in 0..1, ink above 0.

    Raises:
        DigitError: it is empty.
    """
    ink, least = _ink(grey, np.ones_like(grey) if opacity is None else opacity)
    rows, columns = (np.flatnonzero((ink > least).any(axis=axis)) for axis in (1, 0))
    digit = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = (max(1, round(side * BOX / max(digit.shape))) for side in digit.shape)
    scaled = np.asarray(Image.fromarray(digit).resize((width, height), Image.Resampling.BOX))
    square = np.zeros((SIDE, SIDE), np.float32)
    top, left = (_place(scaled.sum(axis=axis)) for axis in (1, 0))
    square[top : top + height, left : left + width] = scaled / scaled.max()
    return square.ravel()


def _ink(grey: NDArray[np.float32], opacity: NDArray[np.float32]) -> tuple[NDArray[np.float32], float]:
    """How much ink is at each pixel, the most being 1, and from how much on it is the digit's.

    Ink is what differs from the paper, and paper is what most of the border is.
    """
    border = _border(grey)
    if np.median(opacity[border]) > 0.5:
        paper = np.median(grey[border])
    else:  # a see-through paper is whatever the ink stands out from
        paper = np.float32(np.average(grey, weights=opacity + 1e-6) < 0.5)
    difference = opacity * (grey - paper)
    darker = -difference.min() > difference.max()
    ink = -difference if darker else difference
    # Shadows and noise: twice what the paper itself varies by, at the median.
    veil = 2 * np.median(np.abs(difference[border]))
    if ink.max() - veil < CONTRAST:
        raise DigitError("There is nothing to see in this image: all of it has nearly the same grey.")
    contrast = ink.max() - veil
    return (np.maximum(ink - veil, 0) / contrast).astype(np.float32), min(LEAST_INK + 2 * veil / contrast, ENOUGH_INK)


def _border(grey: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Where an image [height, width] has its border: bool of the same shape."""
    thick = max(1, min(grey.shape) // SIDE)
    border = np.ones(grey.shape, bool)
    border[thick:-thick, thick:-thick] = False
    return border


def _place(mass: NDArray[np.float32]) -> int:
    """Where a digit with this mass in each row (or column) begins, so that its centre is the square's.

    MNIST's centres lie from 13.5 to 14.5, counted in whole pixels from 0.
    """
    centre = np.average(np.arange(len(mass)), weights=mass)
    return int(np.clip(np.ceil(SIDE / 2 - 0.5 - centre), 0, SIDE - len(mass)))
