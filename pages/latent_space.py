"""The plane of codes: where images lie on it, what the decoder draws there, and the way between two images."""

import streamlit as st

from pages.parts import atlas, corners, frame, models, paths, samples
from vae import latent

record = frame.page(
    "pages/latent_space.py",
    "Every image becomes a point, its code. Neighbours on the map should decode to similar images.",
)
run, step = models.pick(
    record, "No model to look at yet. Train one, best with two latent units: then the whole space fits on a map."
)
labels = models.labels(run)
model, data = models.opened(record, run, step)
above = st.container()
atlas.show(record, run, step, model, data, labels)
codes = models.codes(run.id, step, model, data)
if latent.active_units(codes) == 0:
    above.warning(
        f"**There is no map to see.** None of the {run.config.latent_dim} latent units is in use: all images have "
        "nearly the same code, and all codes decode to nearly the same picture.",
        icon=":material/blur_on:",
    )
    with above.expander("Why does it do that?"):
        models.explain_collapse(run)
paths.show(run, step, model, codes, data, labels)
corners.show(model, codes, data)
samples.show(run, step, model, data, labels)
