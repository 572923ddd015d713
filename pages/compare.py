"""Curves of several runs over each other: do tape and fit() do the same, and why do their figures differ?"""

import pandas as pd
import streamlit as st

from pages.parts import frame, live, tables
from pages.parts.pickers import check_url, pick_runs, plain, short_names
from vae import curves
from vae.curve_figures import Curve, compare
from vae.runs import RunNotFoundError

record = frame.page(
    "pages/compare.py", "Lay the curves of several runs over each other. Do the tape and fit() do the same?"
)
runs = pick_runs(record)
if not runs:
    st.info("Nothing to compare yet. Run the tutorial's race: the same training by the tape and by fit().")
    st.page_link("streamlit_app.py", label="To the race", icon=":material/flag:")
    st.stop()

titles = {view.title: key for key, view in curves.VIEWS.items()}
terms = {title: term for term, title in live.TERMS.items()}
check_url("curve", terms.__contains__, "one of " + ", ".join(terms))
check_url("view", titles.__contains__, "one of " + ", ".join(titles))
with st.container(horizontal=True):
    term_title = st.segmented_control(
        "Curve",
        list(terms),
        default="Loss",
        required=True,
        key="curve",
        wrap=True,
        bind="query-params",
        help="The loss is the sum of the other two: the reconstruction error and the KL term.",
    )
    view_title = st.segmented_control(
        "Seen as",
        list(titles),
        default=curves.VIEWS["running"].title,
        required=True,
        key="view",
        wrap=True,
        bind="query-params",
        help=" ".join(f"**{view.title}**: {view.caption}." for view in curves.VIEWS.values()),
    )
    log = st.toggle(
        "Log axis",
        key="log",
        bind="query-params",
        help="Equal distances are equal ratios: small differences late in the training become visible.",
    )
term, view = terms[term_title or "Loss"], titles[view_title or curves.VIEWS["running"].title]


def watch(ids: list[str]) -> None:
    """The live part: progress and curves while any of the runs still waits or trains."""
    try:
        now = [record.get(run_id) for run_id in ids]
    except RunNotFoundError:
        st.rerun()  # somebody deleted one; the page then says so
    active = [run for run in now if run.active]
    for run in now:
        if active or run.state != "finished":
            live.progress(record, run)
    if active:
        st.button(
            "Stop",
            icon=":material/stop_circle:",
            on_click=record.ask_stop,
            args=[run.id for run in active],
            help="Ends all trainings shown here. What was trained is kept.",
        )
        live.overlay(record, now, term, view)
    if len(active) < st.session_state.pop("racing", 0):
        st.rerun()
    st.session_state["racing"] = len(active)


names = short_names(runs)
racing = any(run.active for run in runs)
st.fragment(watch, run_every=live.REFRESH_SECONDS if racing else None)([run.id for run in runs])
if not racing:
    metrics = {run.id: live.follower(record, run.id).read() for run in runs}
    trained = [run for run in runs if len(metrics[run.id].step)]
    lines = [
        Curve(
            names[run.id],
            metrics[run.id].step,
            curves.VIEWS[view].transform(metrics[run.id], getattr(metrics[run.id], term)),
        )
        for run in trained
    ]
    if len(trained) > 1:
        st.markdown(f"#### {tables.verdict(trained, metrics)}")
    points = None
    if term == "loss" and all(tables.is_tutorial(run) for run in trained):
        points = curves.tutorial_points(view, curves.TUTORIAL_STEPS_PER_EPOCH)
    printed = Curve("printed in the tutorial", *points) if points else None
    st.plotly_chart(
        compare(lines, term_title or "Loss", printed, log), alt=f"{term_title} of the picked runs", key="curves"
    )
    st.caption(
        f"{view_title}: {curves.VIEWS[view].caption}. The tutorial's tape prints .0700 and its fit() .0675 for one and "
        "the same training: the first is a mean since step 0 that never forgets the bad start, the second the mean of "
        "the last epoch alone. Switch the view and see both."
    )
    st.dataframe(
        pd.DataFrame([tables.figures(run, metrics[run.id]) for run in trained]),
        hide_index=True,
        column_config=tables.COLUMNS,
        alt="Final figures of the picked runs",
    )
    differing = tables.differing_settings(trained)
    if len(trained) > 1 and differing:
        st.markdown("**Settings that differ**")
        st.dataframe(pd.DataFrame(differing), hide_index=True, alt="Settings that differ between the picked runs")
for run in runs:
    st.page_link(
        "pages/train.py",
        label=f"Details of {plain(names[run.id])}",
        icon=":material/search:",
        query_params={"run": run.id},
    )
