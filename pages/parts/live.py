"""Watching runs: progress, figures and curves that grow while they train."""

import math
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path

import pandas as pd
import streamlit as st

from pages.parts import lines
from pages.parts.pickers import plain
from vae import curves
from vae.names import loop_title, short_names
from vae.report import log_lines
from vae.runs import Metrics, Run, Store
from vae.runs.follow import Follower

STYLE = Path(__file__).parent / "live.css"
FIRST_SECONDS = 0.2
YOUNG_SECONDS = 1.5
REFRESH_SECONDS = 4.0
YOUNG_AGE = 6
LIVE_POINTS = 400
# Of a curve that has a third of the page.
PANEL_POINTS = 200
TERM_HELP = {
    "loss": "What the optimizer lowers: the reconstruction error plus the KL term.",
    "reconstruction": "How far the reconstructions are from the images: the squared difference a pixel, or minus the "
    "images' log probability in nats, as the run was set.",
    "kl": "How far the codes are from standard normal noise, as the loss counts it. Zero: the codes say nothing.",
}
SILENCE_SECONDS = 10
# Each tick for itself: the axis alone would write 0k and 0.5k before 1k.
STEPS = "format(datum.value, '~s')"
# Else a single tick is written with all its digits.
FOUR = ".4~g"


@st.cache_resource(max_entries=64, show_spinner=False)
def follower(_record: Store, run_id: str) -> Follower:
    """Everybody's view on one run, so that ten viewers read its steps once."""
    return Follower(_record, run_id)


def follow(name: str, part: Callable[..., None], every: float | None, *arguments: object) -> None:
    """Draws a part of a page now, and again every so many seconds while `every` is not None.

    Args:
        name: of this part, for its place on the page.
        part: what draws it.
        every: the seconds.
        arguments: what `part` takes.
    """
    if every:
        st.html(STYLE)
    # Without anything in it, a container still leaves a gap.
    with st.container(key=f"live-{name}") if every else nullcontext():
        st.fragment(part, run_every=every)(*arguments)


def refresh_seconds(runs: Sequence[Run]) -> float | None:
    """How often to look again; None if nothing waits or trains.

    Soon for what has just begun, seldom for what takes long: drawing takes time from a training on the same computer.
    """
    active = [run for run in runs if run.active]
    if not active:
        return None
    now = next((run for run in active if run.state == "running"), active[0])
    if time.time() - (now.started or now.created) > YOUNG_AGE:
        return REFRESH_SECONDS
    return YOUNG_SECONDS if now.step else FIRST_SECONDS


def progress(record: Store, run: Run) -> None:
    """A bar that says how far a run is, how fast it goes and how long it still takes, or why it does not go."""
    metrics = follower(record, run.id).read()
    done = len(metrics.step) / run.config.steps
    loop = loop_title(run)
    if run.state == "queued":
        st.progress(done, text=f"**{loop}** waits for its turn: this computer trains one run at a time.")
    elif run.state == "running" and not len(metrics.step):
        st.progress(0.0, text=f"**{loop}**: {run.phase.lower()}…")
    elif run.state == "running":
        rate = len(metrics.step) / metrics.seconds[-1] if metrics.seconds[-1] > 0 else math.nan
        left = (run.config.steps - len(metrics.step)) / rate
        epoch = int(metrics.epoch[-1]) + 1
        words = f"{rate:,.0f} steps a second, {duration(left)} left"
        if run.stop_asked:
            words = "pausing…" if run.pause_asked else "stopping…"
        if done == 1 or run.phase not in ("", "Training"):
            words = f"{run.phase.lower()}…"
        st.progress(done, text=f"**{loop}**: epoch {epoch} of {run.config.epochs}, {words}")
        if time.time() - (run.heartbeat or 0) > SILENCE_SECONDS:
            st.caption("It has not shown a sign of life for a while. The computer may be busy or asleep.")
    else:
        speed = curves.steps_per_second(metrics)
        words = f", {speed:,.0f} steps a second" if math.isfinite(speed) else ""
        st.progress(
            done, text=f"**{loop}**: {run.state} after {len(metrics.step):,} of {run.config.steps:,} steps{words}"
        )
    if run.error:
        st.error(plain(run.error))


def tiles(record: Store, run: Run) -> None:
    """The last epoch's figures so far, and how they changed since the epoch before."""
    metrics = follower(record, run.id).read()
    means = curves.epoch_losses(metrics)
    with st.grid(4, min_column_width=150):
        for term, title in curves.TERMS.items():
            now = means[-1][term] if means else None
            delta = means[-1][term] - means[-2][term] if len(means) > 1 else None
            st.metric(
                title,
                "–" if now is None else _figure(now),
                None if delta is None else _figure(delta, "+"),
                delta_color="inverse",
                help=f"{TERM_HELP[term]} Mean of the epoch so far; the arrow compares with the epoch before.",
                border=True,
                height="stretch",
            )
        speed = curves.steps_per_second(metrics)
        st.metric(
            "Steps a second",
            f"{speed:,.0f}" if math.isfinite(speed) else "–",
            None,
            help="Optimizer steps a second, after the first epoch where there is one.",
            border=True,
            height="stretch",
        )


def panels(record: Store, run: Run, floor: float | None = None) -> None:
    """Loss, reconstruction error and KL term of one run, each on an axis of its own.

    Args:
        record: the record.
        run: the run.
        floor: the error of always answering the mean image, drawn beside the reconstruction error.
    """
    metrics = follower(record, run.id).read()
    if not (run.active or len(metrics.step)):
        return
    # Empty axes before the first step: the browser loads what draws them while the training begins.
    with st.grid(3, min_column_width=220):
        for term, title in curves.TERMS.items():
            rows = _rows(metrics, term, "smooth", "", PANEL_POINTS)
            spec, alt_text = _chart(rows, title), f"{title} of each step, smoothed"
            if floor and term == "reconstruction":
                alt_text += "; dashed: the mean image's error"
                layers = [spec, lines.level("value", floor), _name(floor, "mean image")]
                # In layers, Vega leaves no room for the last tick's label.
                spec = {"layer": layers, "padding": {"right": 9, "bottom": 20}}
            st.vega_lite_chart(rows, spec, height=240, alt=alt_text)


def overlay(record: Store, runs: Sequence[Run], term: str, view: str) -> None:
    """One curve of several runs in one chart, as they grow."""
    names = short_names(runs)
    rows = pd.concat([_rows(follower(record, run.id).read(), term, view, names[run.id]) for run in runs])
    spec = _chart(
        rows, curves.TERMS[term], {"color": lines.colour("run", list(names.values()), orient="top", labelLimit=300)}
    )
    st.vega_lite_chart(rows, spec, height=360, alt=f"{curves.TERMS[term]} of the picked runs")


def log(record: Store, run: Run, lines: int = 10) -> None:
    """The last lines of the log, as the tutorial prints them."""
    st.code("\n".join(log_lines(follower(record, run.id).read(), run)[-lines:]) or "Nothing yet.", language=None)


def duration(seconds: float) -> str:
    """A time for people: "8 s", "3 min"; "unknown" for nan."""
    if not math.isfinite(seconds):
        return "unknown"
    if seconds < 99:
        return f"{math.ceil(seconds)} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _figure(value: float, sign: str = "-") -> str:
    if abs(value) >= 10:
        return f"{value:{sign}.2f}"
    return f"{value:{sign}.4f}" if abs(value) >= 5e-4 or value == 0 else f"{value:{sign}.0e}"


def _rows(metrics: Metrics, term: str, view: str, name: str, points: int = LIVE_POINTS) -> pd.DataFrame:
    values = curves.VIEWS[view].transform(metrics, getattr(metrics, term))
    kept = curves.thin(len(values), points)
    return pd.DataFrame({"step": metrics.step[kept], "value": values[kept], "run": name})


def _chart(rows: pd.DataFrame, title: str, more: dict[str, lines.Spec] | None = None) -> lines.Spec:
    # As long as the specification stays the same, the browser adds points to what it has; so guess before the first.
    scale = {"type": "log" if min(rows["value"], default=1) > 0 else "linear", "zero": False, "nice": False}
    x, y = lines.quantity("step", "step", ticks=5, labelExpr=STEPS), lines.quantity("value", title, scale, format=FOUR)
    return lines.line(x, y, [lines.tip("step", ","), lines.tip("value", ".5f", title)], more, clip=True)


def _name(value: float, name: str) -> lines.Spec:
    """A name at the right end of `lines.level`."""
    mark = {"type": "text", "align": "right", "baseline": "bottom", "dy": -4, "color": lines.GREY, "text": name}
    y = {"field": "value", "type": "quantitative"}
    return {"data": {"values": [{"value": value}]}, "mark": mark, "encoding": {"x": {"value": "width"}, "y": y}}
