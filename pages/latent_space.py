"""The plane of codes: where images lie on it, what the decoder draws there, and the way between two images."""

import random

import streamlit as st

from pages.parts import frame, models, traversals
from pages.parts.pickers import check_url, plain, whole_number
from vae import figures, latent
from vae.data import DATASETS

TILE = 68
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


def pictures(images, captions: list[str]) -> None:
    """Images float32 [n, 784] in a row that wraps, each with its caption."""
    st.image([figures.picture(image) for image in figures.ink(images)], captions, width=TILE, alt=captions)


def random_pair() -> None:
    """Picks two test images."""
    st.session_state["from"], st.session_state["to"] = random.sample(range(len(data.y_test)), 2)


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
            pictures(decoded[:size], [f"{place:+.1f}" for place in z[:size, 0]])
            st.caption("Evenly spaced values of the unit, decoded.")
        else:
            drawn = figures.manifold(decoded, extent, titles)
            st.plotly_chart(drawn, key="grid", config=STILL, alt=f"{size} by {size} decoded codes on the same plane")
            others = " All other units are at 0." if units > 2 else ""
            st.caption(f"Codes from the dashed square of the map, evenly spaced and decoded.{others}")

st.subheader("From one image to another")
last = len(data.y_test) - 1
check_url("from", whole_number(0, last), f"a whole number from 0 to {last}")
check_url("to", whole_number(0, last), f"a whole number from 0 to {last}")
check_url("steps", whole_number(5, 15), "a whole number from 5 to 15")
with st.container(horizontal=True, vertical_alignment="bottom"):
    start = st.number_input(
        "From image",
        0,
        last,
        0,
        key="from",
        bind="query-params",
        width=150,
        help="The number of a test image; the map shows it when you hover over a point.",
    )
    end = st.number_input(
        "To image", 0, last, 1, key="to", bind="query-params", width=150, help="The test image at the other end."
    )
    st.button("Random pair", icon=":material/shuffle:", on_click=random_pair, help="Picks two test images by chance.")
    steps = st.slider(
        "Steps",
        5,
        15,
        9,
        key="steps",
        bind="query-params",
        width=220,
        help="How many codes on the straight line between the two are decoded, both ends included.",
    )
row = latent.interpolation(model, data.x_test[[start, end]], codes.z_mean[[start, end]], steps)
ends = [f"**{plain(labels[data.y_test[place]])}**, original" for place in (start, end)]
pictures(row, [ends[0], *(f"{share:.0%}" for share in latent.shares(steps)), ends[1]])
st.caption(
    "The originals stand at the ends. Between them are decoded codes on the straight line from the first image's code "
    "(0%) to the second's (100%). In a good latent space the images on the way are plausible, too."
)

traversals.show(model, codes, data, start)
