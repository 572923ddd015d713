"""Pictures for paper."""

import io

import numpy as np
import pytest
from PIL import Image

from vae import figures, prints


def tiles(n: int) -> np.ndarray:
    images = np.zeros((n, 784), np.float32)
    images[:, :14] = 1
    return figures.columns(figures.ink(images), figures.ink(1 - images))


def printed(n: int) -> Image.Image:
    image = Image.open(io.BytesIO(prints.sheet(tiles(n), [f"**{k}** \\- .5" for k in range(n)])))
    image.load()
    return image


def test_a_sheet_has_300_dots_an_inch_and_twelve_for_a_pixel():
    image = printed(1)
    assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)
    pixels = np.asarray(image)[prints.MARGIN :, prints.MARGIN :, 0]
    assert (pixels[:12, : 14 * 12] == 0).all() and (pixels[:12, 14 * 12 : 28 * 12] == 255).all()


def test_tiles_wrap_after_eight():
    assert printed(8).height == printed(1).height and printed(9).height > 1.9 * printed(8).height
    assert printed(9).width == printed(8).width > 7 * printed(1).width


def test_captions_stand_below_their_tiles_and_gaps_stay_white():
    pixels = np.asarray(printed(1))[..., 0]
    below = pixels[prints.MARGIN + tiles(1).shape[1] * 12 :]
    gap = pixels[prints.MARGIN + 28 * 12 : prints.MARGIN + (28 + figures.GAP) * 12]
    assert (below < 128).any() and (gap == 255).all()
