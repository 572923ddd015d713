"""The choice of the plane that the map and the decoded grid show."""

from typing import NamedTuple

import streamlit as st

from pages.parts.pickers import check_url, whole_number
from vae import planes
from vae.latent import Codes
from vae.planes import Plane

UNITS, VARIANCE, IMAGES = "two units", "most variance", "three images"
KINDS = [UNITS, VARIANCE, IMAGES]
MOST = "most KL"


class Choice(NamedTuple):
    """What somebody chose: a kind of plane, with the two units or three images that it needs."""

    kind: str
    units: tuple[int | None, int | None] = (None, None)
    images: tuple[int, ...] = ()

    def of(self, codes: Codes) -> Plane:
        """The plane; raises `vae.planes.PlaneError` where the images span none."""
        if self.kind == VARIANCE:
            return planes.principal(codes)
        if self.kind == IMAGES:
            return planes.through(codes.z_mean[list(self.images)], [f"image {place}" for place in self.images])
        return planes.of_units(codes.kl, *self.units)


def choose(units: int, last: int) -> Choice:
    """Draws the choice of a plane.

    Args:
        units: of the latent space; up to two of them need no choice.
        last: the number of the last test image.
    """
    if units < 3:
        return Choice(UNITS)
    check_url("plane", KINDS.__contains__, "one of " + ", ".join(KINDS))
    kind = st.segmented_control(
        "Plane",
        KINDS,
        default=UNITS,
        required=True,
        key="plane",
        wrap=True,
        bind="query-params",
        help=f"The latent space has {units} dimensions, the map two. It shows two units, the plane in which the codes "
        "vary most (the first two principal components), or the plane through the codes of three images.",
    )
    if kind == IMAGES:
        with st.grid(3, min_column_width=120):
            images = tuple(_pick_image(title, key, place, last) for place, (title, key) in enumerate(THREE.items()))
        return Choice(IMAGES, images=images)
    if kind == VARIANCE:
        return Choice(VARIANCE)
    with st.grid(2, min_column_width=150):
        return Choice(UNITS, (_pick_unit("Horizontal unit", "x", units), _pick_unit("Vertical unit", "y", units)))


THREE = {"First image": "first", "Second image": "second", "Third image": "third"}


def _pick_image(title: str, key: str, default: int, last: int) -> int:
    check_url(key, whole_number(0, last), f"a whole number from 0 to {last}")
    return st.number_input(
        title, 0, last, default, key=key, bind="query-params", help="The number of a test image, counted from 0."
    )


def _pick_unit(title: str, key: str, units: int) -> int | None:
    """A unit of the latent space, or None for the one with the most KL."""
    check_url(key, [MOST, *map(str, range(units))].__contains__, f"{MOST}, or a unit from 0 to {units - 1}")
    chosen = st.selectbox(
        title,
        [MOST, *map(str, range(units))],
        key=key,
        bind="query-params",
        help=f"A latent unit, numbered from 0 to {units - 1}. Units with more KL tell more about the image.",
    )
    return None if chosen == MOST else int(chosen)
