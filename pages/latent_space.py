"""The plane of codes: where images lie on it, what the decoder draws there, and the way between two images."""

import numpy as np
import streamlit as st

from pages.parts import corners, frame, models, paths, replay, samples, traversals
from pages.parts import pins as map_pins
from pages.parts import plane as plane_choice
from pages.parts.pickers import check_url, whole_number
from vae import figures, latent, map_figures, planes
from vae.data import DATASETS

EVEN, QUANTILES = "even", "quantiles"
WHITE, TINTED = "white", "tinted"
PLOT = {"displaylogo": False}
STILL = {"staticPlot": True}

record = frame.page(
    "pages/latent_space.py",
    "Every image becomes a point, its code. Neighbours on the map should decode to similar images.",
)
run, step = models.pick(
    record, "No model to look at yet. Train one, best with two latent units: then the whole space fits on a map."
)
units, labels = run.config.latent_dim, DATASETS[run.config.dataset].labels
last = DATASETS[run.config.dataset].test_images - 1
pins = map_pins.pinned(last)
choice = plane_choice.choose(units, last)
check_url("size", whole_number(5, 30), "a whole number from 5 to 30")
check_url("extent", whole_number(1, 4), "a whole number from 1 to 4")
check_url("spacing", (EVEN, QUANTILES).__contains__, f"{EVEN} or {QUANTILES}")
check_url("paper", (WHITE, TINTED).__contains__, f"{WHITE} or {TINTED}")
with st.grid(4, min_column_width=150):
    size = st.slider(
        "Images a side", 5, 30, 15, key="size", bind="query-params", help="How many codes along each axis are decoded."
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
        help="Evenly spaced codes, or quantiles of the standard normal distribution: more codes where more of them are "
        "drawn, as in Kingma and Welling's figure.",
    )
    paper = st.segmented_control(
        "Paper",
        [WHITE, TINTED],
        default=WHITE,
        required=True,
        key="paper",
        bind="query-params",
        help="Tinted: every decoded image lies on the colour of the test image whose code is nearest, in all units.",
    )

model, data = models.opened(record, run, step)
codes = models.codes(run.id, step, model, data)
if latent.active_units(codes) == 0:
    st.warning(
        f"**There is no map to see.** None of the {units} latent units is in use: all images have nearly the same "
        "code, and all codes decode to nearly the same picture.",
        icon=":material/blur_on:",
    )
    with st.expander("Why does it do that?"):
        models.explain_collapse(run)
try:
    plane = choice.of(codes)
except planes.PlaneError as error:
    st.warning(f"{error} The map shows two units instead.")
    plane = planes.of_units(codes.kl)
if units > 1 and np.array_equal(*plane.axes):
    st.warning("Both axes show the same unit, so all points lie on a line; choose two different units.")

along = planes.places(size, extent, spacing == QUANTILES)
z = planes.grid(plane, along)
decoded = latent.decode(model, z)
with st.grid(2, min_column_width=330, gap="large"):
    with st.container():
        st.subheader("Where test images lie")
        placed = planes.project(plane, codes.z_mean)
        about = (
            f"The codes (means) of {len(placed):,} test images. Click a label to hide it, double-click to see it alone"
        )
        if units == 1:
            drawn = map_figures.histogram(placed[:, 0], data.y_test, labels, plane.titles[0])
            st.plotly_chart(drawn, key="map", config=PLOT, alt="The codes of all test images, coloured by label")
            st.caption(f"{about}.")
        else:
            marked = dict.fromkeys((*choice.images, *pins))
            around = {str(pin): planes.ellipse(plane, codes.z_mean[pin], codes.z_log_var[pin]) for pin in marked}
            click = map_pins.on_click()
            drawn = map_figures.latent_map(placed, data.y_test, labels, plane.titles, extent, around)
            st.plotly_chart(
                drawn,
                key="map",
                config=PLOT,
                on_select=click,
                selection_mode="points",
                alt="The codes of all test images, coloured by label",
            )
            how = "tap a point for its number" if click == "ignore" else "click a point to decode and pin it"
            held = f" The plane holds **{planes.share(plane, codes.z_mean):.0%}** of their variance." * (units > 2)
            st.caption(f"{about}; {how}.{held}")
    with st.container():
        st.subheader("What the decoder draws")
        if units == 1:
            paths.pictures(decoded[:size], [f"{place:+.1f}" for place in along])
            st.caption("Values of the unit, decoded.")
        else:
            tiles = figures.ink(decoded)
            if paper == TINTED:
                tiles = figures.tinted(decoded, data.y_test[latent.nearest(z, codes.z_mean)[0]])
            drawn = map_figures.manifold(tiles, along, plane.titles)
            st.plotly_chart(drawn, key="grid", config=STILL, alt=f"{size} by {size} decoded codes on the same plane")
            others = " All other units are at 0." if units > 2 and choice.kind == plane_choice.UNITS else ""
            st.caption(f"Codes from the dashed square of the map, decoded.{others}")
map_pins.show(model, codes, data, labels, pins)
if units > 1:
    replay.show(record, run, plane, data, labels)
start = paths.show(run, step, model, codes, data, labels)
corners.show(model, codes, data)
traversals.show(model, codes, data, start)
samples.show(model, data, labels, units)
