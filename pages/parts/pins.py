"""Points of the map that somebody clicked: their images, decoded, kept in the address."""

from collections.abc import Callable
from typing import Literal

import streamlit as st

from pages.parts.frame import on_phone
from pages.parts.pickers import check_url, plain, whole_number
from vae import figures, latent
from vae.data import Data
from vae.latent import Codes

TILE, MOST = 84, 8


def pinned(last: int) -> list[int]:
    """The test images that the address pins, at most eight; `last` is the largest possible number."""
    possible = whole_number(0, last)
    check_url("pin", possible, f"a whole number from 0 to {last}")
    return list(dict.fromkeys(int(text) for text in st.query_params.get_all("pin") if possible(text)))[-MOST:]


def on_click() -> Callable[[], None] | Literal["ignore"]:
    """What a click on the map does: it pins the point. Not on a phone, where the page could not be scrolled then."""
    return "ignore" if on_phone() else _clicked


def _clicked() -> None:
    for point in st.session_state["map"]["selection"]["points"]:
        _turn(point["customdata"])


def _typed() -> None:
    if st.session_state["pin_number"] is not None:
        _turn(st.session_state["pin_number"])
    st.session_state["pin_number"] = None


def _turn(place: int) -> None:
    """Pins a test image, or takes it off when it was pinned already."""
    before, pin = st.query_params.get_all("pin"), str(place)
    others = [other for other in before if other != pin]
    st.query_params["pin"] = (others if pin in before else [*others, pin])[-MOST:]


def show(model, codes: Codes, data: Data, labels: tuple[str, ...], pins: list[int]) -> None:
    """Draws the pinned images above what the decoder makes of their codes.

    Args:
        model: a `vae.model.moment.Moment`.
        codes: of all test images.
        data: their dataset.
        labels: the names of its labels.
        pins: numbers of test images.
    """
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.number_input(
            "Pin a test image",
            0,
            len(data.y_test) - 1,
            None,
            key="pin_number",
            on_change=_typed,
            placeholder="its number",
            width=170,
            help="Marks the image on the map and decodes its code; so does a click on its point. The number of a "
            "pinned one takes it off.",
        )
        if len(pins) > 1:
            walk = st.button(
                "Walk between the last two",
                icon=":material/route:",
                help="Makes them the two ends of the way farther down.",
            )
            if walk:
                st.session_state["from"], st.session_state["to"] = pins[-2:]
                st.rerun()
        if pins:
            st.button("Unpin all", icon=":material/keep_off:", on_click=_unpin, help="Takes all of them off the map.")
    if not pins:
        return
    decoded = latent.decode(model, codes.z_mean[pins])
    names = [labels[data.y_test[place]] for place in pins]
    st.image(
        [figures.picture(tile) for tile in figures.columns(figures.ink(data.x_test[pins]), figures.ink(decoded))],
        caption=[f"**{plain(name)}** · {place}" for name, place in zip(names, pins, strict=True)],
        width=TILE,
        alt=[f"Test image {place}, {name}, above its decoded code" for place, name in zip(pins, names, strict=True)],
    )
    st.caption(
        "Pinned test images, with their numbers, above their decoded codes. On the map each has the ellipse in which "
        "95 % of the draws of its code fall."
    )


def _unpin() -> None:
    st.query_params.pop("pin", None)
