"""The figures of a model on all test images."""

from typing import Any

import streamlit as st

from vae.report import seen_as
from vae.runs import Run
from vae.scores import SCORES


def show(run: Run, result: dict[str, Any]) -> None:
    """Draws the figures that `vae.evaluation.evaluate` found."""
    st.subheader("All test images")
    seen = seen_as(run.config, result["images"])
    st.caption(f"On all {result['images']:,} test images, {seen}, at the end of the training:")
    with st.grid(3, min_column_width=150):
        for score in SCORES:
            if score.key in result:
                st.metric(score.title, score.text.format(**result), help=score.help, border=True)
