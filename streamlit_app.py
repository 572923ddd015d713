"""Home: what this is, the newest runs, and one button that starts the tutorial's race."""

from pathlib import Path

import pandas as pd
import streamlit as st

from pages.parts import forms, frame, tables, visitors
from vae import requests
from vae.presets import PRESETS

record = frame.page("streamlit_app.py", "")
tutorial, racers = PRESETS["tutorial"], forms.LOOP_CHOICES[forms.RACE]
words, picture = st.columns([3, 2], gap="large", vertical_alignment="center")
with words:
    st.title("See a variational autoencoder learn")
    st.markdown(
        "The Keras guide trains a small variational autoencoder on handwritten digits twice: by a hand-written "
        "GradientTape loop and by fit(). Here you run both, watch their curves, and find out whether they do the "
        "same and why all its reconstructions look alike."
    )
    if visitors.start_button(
        "Run the tutorial's race",
        record,
        [tutorial.config] * len(racers),
        icon=":material/flag:",
        help="Trains the guide's model for three epochs by the tape, then by fit(). It takes about half a minute.",
    ) and (ids := visitors.do(requests.start, record, tutorial.config, racers, tutorial.title)):
        st.switch_page("pages/compare.py", query_params={"runs": ids})
    st.page_link("pages/train.py", label="Or choose your own settings", icon=":material/tune:")
with picture:
    st.image(
        str(Path(__file__).parent / "docs" / "idea.png"),
        width="stretch",
        caption="Digits; what the guide's model makes of them; and the same model with its KL term fixed.",
        alt="Three rows of digits: eight digits, eight equal grey blurs, eight recognizable reconstructions.",
    )

st.subheader("Newest runs")
newest = record.newest(limit=5)
if newest:
    st.dataframe(
        pd.DataFrame(tables.overview(newest)), hide_index=True, column_config=tables.COLUMNS, alt="The newest runs"
    )
    st.page_link("pages/runs.py", label="All runs", icon=":material/list:")
else:
    st.caption("None yet. The race above makes the first two.")
