"""What stands still once all picked runs have ended: the verdict, the curves, the figures."""

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.parts import live, tables
from pages.parts.pickers import check_switch, plain
from vae import comparison, curves, standings
from vae.curve_figures import Curve, panels
from vae.names import short_names
from vae.runs import Run, Store
from vae.verdict import paired_words, verdict

MARKED_EPOCHS = 20


def show(record: Store, runs: list[Run], term: str, view: str, log: bool, told: DeltaGenerator) -> None:
    """Draws runs that have ended.

    Args:
        record: where they are.
        runs: one or more, each with metrics.
        term: a key of `curves.TERMS`.
        view: a key of `vae.curves.VIEWS`.
        log: whether the curves' axis is logarithmic.
        told: where the verdict is to stand.
    """
    groups = comparison.even_replicates(runs)
    if not _banded(groups):
        groups = [[run] for run in runs]
    names = short_names([group[0] for group in groups])
    lines = {names[group[0].id]: group for group in groups}
    differing = standings.differing_settings([group[0] for group in groups])
    chart, beside = st.columns([3, 1], gap="medium") if differing else (st.container(), None)
    metrics = {run.id: live.follower(record, run.id).read() for run in runs}
    if len(runs) > 1:
        told.markdown(f"#### {verdict(lines, metrics, plain)}")
        for words in paired_words(lines, metrics):
            told.markdown(words)
    points = None
    if term == "loss" and all(standings.is_tutorial(run) for run in runs):
        points = curves.tutorial_points(view, curves.TUTORIAL_STEPS_PER_EPOCH)
    printed = Curve("printed in the tutorial", *points) if points else None
    shown = [comparison.curve_panel(lines, metrics, term, view, curves.TERMS[term], log, printed)]
    apart = comparison.difference_panel(lines, metrics, term) if len(lines) > 1 else None
    shown += [apart] if apart else []
    longest = max((metrics[run.id] for run in runs), key=lambda m: len(m.step))
    ends = longest.step[curves.epoch_ends(longest)]
    chart.plotly_chart(
        panels([*shown, comparison.rate_panel(lines, metrics)], ends.tolist() if len(ends) <= MARKED_EPOCHS else ()),
        alt=f"{curves.TERMS[term]} of the picked runs, their difference and their speed",
        key="curves",
    )
    if beside:
        beside.markdown("**Settings that differ**")
        beside.dataframe(pd.DataFrame(differing), hide_index=True, alt="Settings that differ between the picked runs")
    if len(lines) > 1 and not apart:
        st.caption("Nowhere do the steps' own values differ, so that there is no curve of differences.")
    for title, row in (("What they came to", standings.figures), ("How fast they were", tables.speeds)):
        st.markdown(f"**{title}**")
        rows = pd.DataFrame([row(run, metrics[run.id]) for run in runs])
        st.dataframe(rows, hide_index=True, column_config=tables.COLUMNS, alt=title)
    if len(lines) > 1:
        tables.weights(record, lines)


def _banded(groups: list[list[Run]]) -> bool:
    """Whether to draw replicates as mean and range."""
    if all(len(group) == 1 for group in groups):
        return False
    check_switch("band")
    return st.toggle(
        "Mean and range over seeds",
        True,
        key="band",
        bind="query-params",
        help="One line for the runs that differ only in their seed, with a band from the lowest to the highest.",
    )
