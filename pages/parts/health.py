"""What a model does with test images, epoch by epoch."""

import pandas as pd
import streamlit as st

from pages.parts import lines
from vae.report import seen_as
from vae.runs import Run, Store
from vae.validation import IMAGES

# Five charts that seldom change; to draw them takes time from a training on the same computer.
SECONDS = 16.0
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
        spec = _chart(rows, "error", "Squared error a pixel", ".4f")
        st.vega_lite_chart(rows, spec, alt="Error on test images by epoch")
        rows = pd.DataFrame({"epoch": epochs, "units": [each.active_units for each in found]})
        spec = _chart(rows, "units", "Active units", "d")
        spec["encoding"]["y"]["axis"] |= {"format": "d", "tickMinStep": 1}
        st.vega_lite_chart(rows, spec, alt="Active units by epoch")
        varied = [each.reconstruction_variance for each in found]
        if None not in varied:
            rows = pd.DataFrame({"epoch": epochs, "variance": varied})
            spec = _chart(rows, "variance", "Variance of answers", ".1e")
            if min(rows["variance"]) > 0:
                spec["encoding"]["y"]["scale"] = {"type": "log"}
                spec["encoding"]["y"]["axis"]["format"] = ".0e"
            st.vega_lite_chart(rows, spec, alt="Variance of the reconstructions across images by epoch")
        terms = [*(each.total_kl for each in found), *(each.mutual_information for each in found)]
        names = [name for name in LINES for _ in found]
        rows = pd.DataFrame({"epoch": epochs * 2, "nats": terms, "line": names})
        spec = _chart(rows, "nats", "Nats", ".2f", HEIGHT + 60, {"color": lines.colour("line", LINES, orient="bottom")})
        st.vega_lite_chart(rows, spec, alt="KL and mutual information by epoch")
        rows = pd.DataFrame(
            [(at, unit, kl) for at, each in zip(epochs, found, strict=True) for unit, kl in enumerate(each.kl)],
            columns=["epoch", "unit", "kl"],
        )
        each_unit = {"detail": {"field": "unit", "type": "nominal"}}
        spec = _chart(rows, "kl", "KL of each unit, nats", ".3f", more=each_unit, opacity=0.5, strokeWidth=1.5)
        spec["encoding"]["tooltip"] += [lines.tip("unit")]
        st.vega_lite_chart(rows, spec, alt="KL of each latent unit by epoch")
    last = found[-1]
    st.caption(
        "A unit is in use if its mean varies by more than .01 from image to image. The variance of the reconstructions "
        "is that of a pixel across images: near 0, all images come back as the same picture. "
        f"Of {last.total_kl:.2f} nats of KL, "
        f"{max(last.mutual_information, 0):.2f} tell which image it was (mutual information; 6.91 would tell all 1,000 "
        f"apart), and {last.aggregate_kl:.2f} are the distance of all codes together from the prior. Epochs that "
        "pass too fast for a test are left out."
    )


def _chart(
    rows: pd.DataFrame,
    column: str,
    title: str,
    format: str,
    height: int = HEIGHT,
    more: dict[str, lines.Spec] | None = None,
    **mark: float,
) -> lines.Spec:
    x, y = lines.quantity("epoch", "epoch", tickMinStep=1, format="~g"), lines.quantity(column, title)
    tips = [lines.tip("epoch"), lines.tip(column, format)]
    return {"height": height, **lines.line(x, y, tips, more, **{"point": len(rows) < 60, **mark})}
