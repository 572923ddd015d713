"""Pictures for paper: columns of images with their captions, at 300 dots an inch."""

import io
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

# Dots for a pixel of an image: 28 of them are 28 mm wide.
DOTS, DOTS_PER_INCH = 12, 300
PER_ROW, MARGIN, TEXT = 8, 36, 40


def sheet(tiles: NDArray[np.uint8], captions: Sequence[str]) -> bytes:
    """Tiles in rows of eight on white paper, each above its caption, as a PNG.

    Args:
        tiles: uint8 [n, height, width, 4]: red, green, blue and opacity.
        captions: one for each; Markdown's signs are left out.
    """
    height, width = (side * DOTS for side in tiles.shape[1:3])
    cell = width + MARGIN, height + MARGIN + 2 * TEXT
    columns = min(len(tiles), PER_ROW)
    rows = -(-len(tiles) // PER_ROW)
    paper = Image.new("RGB", (columns * cell[0] + MARGIN, rows * cell[1] + MARGIN), "white")
    pen, font = ImageDraw.Draw(paper), ImageFont.load_default(TEXT)
    for place, (tile, caption) in enumerate(zip(tiles, captions, strict=True)):
        left, top = (
            MARGIN + index * side for index, side in zip((place % PER_ROW, place // PER_ROW), cell, strict=True)
        )
        picture = Image.fromarray(tile).resize((width, height), Image.Resampling.NEAREST)
        paper.paste(picture, (left, top), picture)
        text = re.sub(r"\\(.)|\*\*", r"\1", caption)
        pen.text((left + width / 2, top + height + TEXT / 2), text, "black", font, "ma")
    png = io.BytesIO()
    paper.save(png, "PNG", dpi=(DOTS_PER_INCH, DOTS_PER_INCH))
    return png.getvalue()
