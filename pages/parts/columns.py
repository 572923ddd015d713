"""Columns of test images: the original, what models make of it, and where they are wrong."""

from typing import NamedTuple

import streamlit as st
from numpy.typing import NDArray

from pages.parts import downloads
from pages.parts.pickers import plain
from vae import figures, latent, prints

TILE = 84


class Answer(NamedTuple):
    """What a model makes of some images, float32 [n, 784], and how the model is called, or nothing if it is alone."""

    images: NDArray
    model: str = ""


def show(
    originals: NDArray, seen: str, places: NDArray, names: list[str], answers: list[Answer], mean: NDArray | None
) -> None:
    """Draws the columns, says what they are, and offers them as a file.

    Args:
        originals: float32 [n, 784].
        seen: how the models see them, such as "in grey".
        places: their numbers.
        names: of their labels.
        answers: the models'.
        mean: float32 [784], the mean image, to stand at the bottom; or None.
    """
    rows, told = [figures.ink(originals)], [f"**original** {seen}"]
    errors = [latent.squared_errors(originals, answer.images) for answer in answers]
    for answer in answers:
        rows += [figures.ink(answer.images), figures.error(originals, answer.images)]
        of_model = f" by {plain(answer.model)}" if answer.model else ""
        told += [f"**reconstruction**{of_model}", "its **error**"]
    if mean is not None:
        rows.append(figures.ink(mean[None].repeat(len(originals), axis=0)))
        told.append("the **mean image**")
    st.markdown(
        f"Each column, from the top: {', '.join(told)}; below, the squared error a pixel. "
        "Blue is ink that the reconstruction :blue[**lacks**], orange ink that it has :orange[**too much**]."
    )
    tiles = figures.columns(*rows)
    told_errors = [" · ".join(f"{error:.3f}" for error in of_image) for of_image in zip(*errors, strict=True)]
    captions = [f"**{plain(name)}** · {error}" for name, error in zip(names, told_errors, strict=True)]
    st.image(
        [figures.picture(tile) for tile in tiles],
        caption=captions,
        width=TILE if len(answers) == 1 else TILE + 24,
        alt=[
            f"Test image {place}, {name}: original, reconstruction and error"
            for place, name in zip(places, names, strict=True)
        ],
    )
    if len(tiles):
        downloads.button(
            "Download as PNG",
            lambda: prints.sheet(tiles, captions),
            "reconstructions.png",
            "image/png",
            help="These columns at 300 dots an inch, for a page or a slide.",
        )
