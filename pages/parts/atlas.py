"""The map of the codes beside what the decoder draws there."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.parts import models, paths, pins, plane, replay
from pages.parts.frame import on_phone
from pages.parts.pickers import check_url, whole_number
from vae import figures, latent, map_figures, planes
from vae.data import Data
from vae.latent import Codes
from vae.planes import Plane
from vae.runs import Run, Store

EVEN, QUANTILES = "even", "quantiles"
WHITE, TINTED = "white", "tinted"
STILL = {"staticPlot": True}


@st.fragment
def show(record: Store, run: Run, step: int, model, data: Data, labels: tuple[str, ...]) -> None:
    """Draws the choice of a plane, the test images' codes on it, and decoded codes of it.

    Args:
        record: the record.
        run: whose model it is.
        step: the moment of it.
        model: a `vae.model.moment.Moment`.
        data: its dataset.
        labels: the names of its labels.
    """
    units, last = run.config.latent_dim, len(data.y_test) - 1
    pinned = pins.pinned(last)
    choice = plane.choose(units, last)
    size, extent, spacing, paper = _controls()
    told = st.container()
    with st.grid(2, min_column_width=330, gap="large"):
        left, right = st.container(), st.container()
    along = planes.places(size, extent, spacing == QUANTILES)
    early = units < 3 and paper == WHITE
    if early:
        # Nothing of this waits for the codes of all test images, which take a convolution long.
        with right:
            _draw_grid(planes.whole(units), along, model, choice, None)
    codes = models.codes(run.id, step, model, data)
    try:
        shown = choice.of(codes)
    except planes.PlaneError as error:
        told.warning(f"{error} The map shows two units instead.")
        shown = planes.of_units(codes.kl)
    if units > 1 and np.array_equal(*shown.axes):
        told.warning("Both axes show the same unit, so all points lie on a line; choose two different units.")
    if not early:
        with right:
            _draw_grid(shown, along, model, choice, (codes, data) if paper == TINTED else None)
    with left:
        _draw_map(shown, codes, data, labels, extent, (*choice.images, *pinned))
    pins.show(model, codes, data, labels, pinned)
    if units > 1:
        replay.show(record, run, shown, data, labels)


def _draw_map(
    shown: Plane, codes: Codes, data: Data, labels: tuple[str, ...], extent: float, picked: tuple[int, ...]
) -> None:
    """Draws where the test images' codes lie; around those `picked` go ellipses."""
    st.subheader("Where test images lie")
    # Where fingers are, its buttons are always there, and lie over the points.
    plot = {"displaylogo": False, "displayModeBar": False} if on_phone() else {"displaylogo": False}
    placed = planes.project(shown, codes.z_mean)
    about = f"The codes (means) of {len(placed):,} test images. Click a label to hide it, double-click to see it alone"
    if len(shown.axes) == 1:
        drawn = map_figures.histogram(placed[:, 0], data.y_test, labels, shown.titles[0])
        st.plotly_chart(drawn, key="map", config=plot, alt="The codes of all test images, coloured by label")
        st.caption(f"{about}.")
        return
    marked = dict.fromkeys(picked)
    around = {str(pin): planes.ellipse(shown, codes.z_mean[pin], codes.z_log_var[pin]) for pin in marked}
    click = pins.on_click()
    st.plotly_chart(
        map_figures.latent_map(placed, data.y_test, labels, shown.titles, extent, around),
        key="map",
        config=plot,
        on_select=click,
        selection_mode="points",
        alt="The codes of all test images, coloured by label",
    )
    how = "tap a point for its number" if click == "ignore" else "click a point to decode and pin it"
    more = codes.z_mean.shape[1] > 2
    held = f" The plane holds **{planes.share(shown, codes.z_mean):.0%}** of their variance." if more else ""
    st.caption(f"{about}; {how}.{held}")


def _draw_grid(shown: Plane, along: NDArray, model, choice: plane.Choice, tint: tuple[Codes, Data] | None) -> None:
    """Draws decoded codes of the plane, on paper of the nearest codes' colours if `tint` has these."""
    st.subheader("What the decoder draws")
    z, size = planes.grid(shown, along), len(along)
    decoded = latent.decode(model, z)
    units = z.shape[1]
    if units == 1:
        paths.pictures(decoded[:size], [f"{place:+.1f}" for place in along])
        st.caption("Values of the unit, decoded.")
        return
    tiles = figures.ink(decoded)
    if tint:
        codes, data = tint
        tiles = figures.tinted(decoded, data.y_test[latent.nearest(z, codes.z_mean)[0]])
    drawn = map_figures.manifold(tiles, along, shown.titles)
    st.plotly_chart(drawn, key="grid", config=STILL, alt=f"{size} by {size} decoded codes on the same plane")
    others = " All other units are at 0." if units > 2 and choice.kind == plane.UNITS else ""
    st.caption(f"Codes from the dashed square of the map, decoded.{others}")


def _controls() -> tuple[int, int, str | None, str | None]:
    """Draws the grid's settings: images a side, extent, spacing and paper."""
    check_url("size", whole_number(5, 30), "a whole number from 5 to 30")
    check_url("extent", whole_number(1, 4), "a whole number from 1 to 4")
    check_url("spacing", (EVEN, QUANTILES).__contains__, f"{EVEN} or {QUANTILES}")
    check_url("paper", (WHITE, TINTED).__contains__, f"{WHITE} or {TINTED}")
    with st.grid(4, min_column_width=150):
        size = st.slider(
            "Images a side",
            5,
            30,
            15,
            key="size",
            bind="query-params",
            help="How many codes along each axis are decoded.",
        )
        extent = st.slider(
            "Extent ±",
            1,
            4,
            3,
            key="extent",
            bind="query-params",
            help="How far the decoded codes reach. Training pulls the codes towards a standard normal distribution, of "
            "which 99.7% lies within ±3; farther out the decoder has hardly seen a code.",
        )
        spacing = st.segmented_control(
            "Spacing",
            [EVEN, QUANTILES],
            default=EVEN,
            required=True,
            key="spacing",
            bind="query-params",
            help="Evenly spaced codes, or quantiles of the standard normal distribution: more codes where more of them "
            "are drawn, as in Kingma and Welling's figure.",
        )
        paper = st.segmented_control(
            "Paper",
            [WHITE, TINTED],
            default=WHITE,
            required=True,
            key="paper",
            bind="query-params",
            help="Tinted: each decoded image lies on the colour of the test image whose code is nearest, in all units.",
        )
    return size, extent, spacing, paper
