"""Curves of several runs over each other: do tape and fit() do the same, and why do their figures differ?"""

import streamlit as st

from pages.parts import board, causes, frame, race, results, snapshots, sources, visitors
from pages.parts.pickers import check_switch, check_url, pick_runs, plain
from vae import curves, requests
from vae.names import short_names
from vae.runs import RunNotFoundError

record = frame.page(
    "pages/compare.py", "Lay the curves of several runs over each other. Do the tape and fit() do the same?"
)
asked = not record.newest(limit=1) or not race.KEYS.isdisjoint(st.query_params)
if st.session_state.pop(race.STARTED, False):
    st.session_state["race"] = False  # its curves are what to look at now
with frame.lazy("Start a race", "race", ":material/flag:", asked) as launch:
    if launch.open:
        race.launcher(record)
runs = pick_runs(record)
if not runs:
    st.info("Nothing to compare yet. Start the race above: the same training by the tape and by fit().")
    st.stop()

told = st.container()
titles = {view.title: key for key, view in curves.VIEWS.items()}
terms = {title: term for term, title in curves.TERMS.items()}
check_url("curve", terms.__contains__, "one of " + ", ".join(terms))
check_url("view", titles.__contains__, "one of " + ", ".join(titles))
check_switch("log")
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
st.caption(
    f"{curves.VIEWS[view].title}: {curves.VIEWS[view].caption}. The tutorial's tape prints .0700 and its fit() .0675 "
    "for one and the same training: the first is a mean since step 0 that never forgets the bad start, the second the "
    "mean of the last epoch alone. Switch the view and see both."
)


def watch(ids: list[str], racing: bool) -> None:
    """What changes while any run still waits or trains, or did not come to its end: progress and curves."""
    try:
        now = [record.get(run_id) for run_id in ids]
    except RunNotFoundError:
        st.rerun()  # somebody deleted one; the page then says so
    active = [run for run in now if run.active]
    if active:
        st.button(
            "Stop",
            icon=":material/stop_circle:",
            on_click=visitors.do,
            args=(requests.stop, record, *[run.id for run in active]),
            **visitors.guard(record, "Ends all trainings shown here. What was trained is kept."),
        )
    for run in now:
        if run.error:
            st.error(f"{plain(short_names(now)[run.id])}: {plain(run.error)}")
    shown = now if active else [run for run in now if run.state != "finished"]
    if shown:
        kind = "curves" if active else "progress"
        board.show(record, board.Board(tuple(run.id for run in shown), kind, term, view), shown)
    if bool(active) != racing:
        st.rerun()


racing = any(run.active for run in runs)
st.fragment(watch)([run.id for run in runs], racing)
trained = [run for run in runs if run.step]
if trained and not racing:
    results.show(record, trained, term, view, log, told)
    snapshots.button(record, trained)
for run in runs if len(runs) <= 6 else []:
    st.page_link(
        "pages/train.py",
        label=f"Details of {plain(short_names(runs)[run.id])}",
        icon=":material/search:",
        query_params={"run": run.id},
    )
if not racing:
    first, *others = trained or runs
    if frame.section("Why do they differ?", "why", "Change one thing at a time and see how far the loss moves."):
        causes.experiment(record, first.config)
    if frame.section("The loops, side by side", "source", "Read the two loops next to each other, phase by phase."):
        sources.side_by_side(first.loop, (others or runs)[-1].loop)
