"""What a model does with test images, epoch by epoch."""

import altair as alt
import pandas as pd
import streamlit as st

from vae.curve_figures import COLOURS
from vae.report import seen_as
from vae.runs import Run, Store
from vae.validation import IMAGES

HEIGHT = 200
LINES = ["KL", "mutual information"]


def show(record: Store, run: Run) -> None:
    """Draws the error, the units in use and what the codes tell, for as many epochs as the record has."""
    found = record.validations(run.id)
    if not found:
        return
    epochs = [each.step / run.config.steps_per_epoch for each in found]
    st.markdown(f"**On {IMAGES:,} test images, {seen_as(run.config, IMAGES)}, after each epoch**")
    with st.grid(2, min_column_width=300):
        rows = pd.DataFrame({"epoch": epochs, "error": [each.error for each in found]})
        st.altair_chart(_chart(rows, "error", "Squared error a pixel", ".4f"), alt="Error on test images by epoch")
        rows = pd.DataFrame({"epoch": epochs, "units": [each.active_units for each in found]})
        st.altair_chart(_chart(rows, "units", "Active units", "d"), alt="Active units by epoch")
        terms = [*(each.total_kl for each in found), *(each.mutual_information for each in found)]
        names = [name for name in LINES for _ in found]
        rows = pd.DataFrame({"epoch": epochs * 2, "nats": terms, "line": names})
        legend = alt.Legend(title=None, orient="bottom")
        colour = alt.Color("line:N", scale=alt.Scale(domain=LINES, range=list(COLOURS[:2])), legend=legend)
        st.altair_chart(
            _chart(rows, "nats", "Nats", ".2f").encode(color=colour).properties(height=HEIGHT + 60),
            alt="KL and mutual information by epoch",
        )
        rows = pd.DataFrame(
            [(at, unit, kl) for at, each in zip(epochs, found, strict=True) for unit, kl in enumerate(each.kl)],
            columns=["epoch", "unit", "kl"],
        )
        lines = _chart(rows, "kl", "KL of each unit, nats", ".3f").encode(
            detail="unit:N", tooltip=["unit", "epoch", "kl"]
        )
        st.altair_chart(lines.mark_line(opacity=0.5, strokeWidth=1.5), alt="KL of each latent unit by epoch")
    last = found[-1]
    st.caption(
        f"A unit is in use if its mean varies by more than .01 from image to image. Of {last.total_kl:.2f} nats of KL, "
        f"{max(last.mutual_information, 0):.2f} tell which image it was (mutual information; 6.91 would tell all 1,000 "
        f"apart), and {last.aggregate_kl:.2f} are the distance of all codes together from the prior. Epochs that "
        "pass too fast for a test are left out."
    )


def _chart(rows: pd.DataFrame, column: str, title: str, format: str) -> alt.Chart:
    chart = alt.Chart(rows, height=HEIGHT).mark_line(point=len(rows) < 60, strokeWidth=2)
    return chart.encode(
        x=alt.X("epoch:Q", title="epoch", axis=alt.Axis(tickCount=4, tickMinStep=1)),
        y=alt.Y(f"{column}:Q", title=title, axis=alt.Axis(tickCount=4)),
        tooltip=[alt.Tooltip("epoch:Q"), alt.Tooltip(f"{column}:Q", format=format)],
    )
