"""The plane of codes: where images lie on it, what the decoder draws there, and the way between two images."""

import streamlit as st

from pages.parts import frame, models, paths, samples, traversals
from pages.parts.pickers import check_url, whole_number
from vae import figures, latent
from vae.data import DATASETS

MOST = "most KL"
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
unit_names = [MOST, *map(str, range(units))]


def pick_unit(title: str, key: str) -> int | None:
    """A unit of the latent space, or None for the one with the most KL."""
    chosen = st.selectbox(
        title,
        unit_names,
        key=key,
        bind="query-params",
        help=f"A latent unit, numbered from 0 to {units - 1}. Units with more KL tell more about the image.",
    )
    return None if chosen == MOST else int(chosen)


horizontal = vertical = None
for key in ("x", "y") if units > 2 else ():
    check_url(key, unit_names.__contains__, f"{MOST}, or a unit from 0 to {units - 1}")
check_url("size", whole_number(5, 30), "a whole number from 5 to 30")
check_url("extent", whole_number(1, 4), "a whole number from 1 to 4")
with st.grid(4, min_column_width=150):
    if units > 2:
        horizontal, vertical = pick_unit("Horizontal unit", "x"), pick_unit("Vertical unit", "y")
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

model, data = models.opened(record, run, step)
codes = models.codes(run.id, step, model, data)
shown = latent.plane(codes.kl, horizontal, vertical)
titles = [f"unit {unit} ({codes.kl[unit]:.2f} nats)" for unit in shown]
if latent.active_units(codes) == 0:
    st.warning(
        f"**There is no map to see.** None of the {units} latent units is in use: all images have nearly the same "
        "code, and all codes decode to nearly the same picture.",
        icon=":material/blur_on:",
    )
    with st.expander("Why does it do that?"):
        models.explain_collapse(run)
if len(shown) == 2 and shown[0] == shown[1]:
    st.warning(f"Both axes show unit {shown[0]}, so all points lie on a line; choose two different units.")

z = latent.grid(shown, units, size, extent)
decoded = latent.decode(model, z)
with st.grid(2, min_column_width=330, gap="large"):
    with st.container():
        st.subheader("Where test images lie")
        if len(shown) == 1:
            drawn = figures.histogram(codes.z_mean[:, 0], data.y_test, labels, titles[0])
        else:
            drawn = figures.latent_map(codes.z_mean[:, shown], data.y_test, labels, titles, extent)
        st.plotly_chart(drawn, key="map", config=PLOT, alt="The codes of all test images, coloured by label")
        about = f"The codes (means) of {len(data.y_test):,} test images. Click a label to hide it, double-click to see "
        about += "it alone" + ("; hover over a point for its number." if len(shown) == 2 else ".")
        st.caption(about)
    with st.container():
        st.subheader("What the decoder draws")
        if len(shown) == 1:
            paths.pictures(decoded[:size], [f"{place:+.1f}" for place in z[:size, 0]])
            st.caption("Evenly spaced values of the unit, decoded.")
        else:
            drawn = figures.manifold(decoded, extent, titles)
            st.plotly_chart(drawn, key="grid", config=STILL, alt=f"{size} by {size} decoded codes on the same plane")
            others = " All other units are at 0." if units > 2 else ""
            st.caption(f"Codes from the dashed square of the map, evenly spaced and decoded.{others}")

start = paths.show(run, step, model, codes, data, labels)
traversals.show(model, codes, data, start)
samples.show(model, data, labels, units)
