"""Short pairs of trainings with exactly one thing changed: why do two losses differ?"""

import pandas as pd
import streamlit as st

from pages.parts import board, live, visitors
from pages.parts.pickers import check_url, plain
from vae import requests
from vae.causes import CAUSES, Cause, effect, find, pair
from vae.config import RunConfig
from vae.curve_figures import effects
from vae.runs import Run, RunNotFoundError, Store


def experiment(record: Store, config: RunConfig) -> None:
    """Draws the choice of causes, starts the trainings that are missing, and shows a bar for each cause.

    Args:
        record: where the trainings are kept and found again.
        config: what is trained; the pairs are a short version of it.
    """
    titles = {cause.title: key for key, cause in CAUSES.items()}
    check_url("causes", titles.__contains__, "one of " + ", ".join(titles))
    chosen = st.pills(
        "Causes",
        list(titles),
        selection_mode="multi",
        default=list(titles),
        key="causes",
        bind="query-params",
        help="Each is tried alone: two short trainings, or two ways to print one, with only this changed.",
    )
    causes = {title: CAUSES[titles[title]] for title in chosen}
    if not causes:
        st.caption("Choose at least one cause.")
        return
    st.markdown("\n".join(f"- **{title}**: {cause.explanation}" for title, cause in causes.items()))
    done = record.newest()
    wanted = {(loop, of_run): title for title, cause in causes.items() for loop, of_run in pair(cause, config)}
    found = {training: find(done, training) for training in wanted}
    missing = [training for training, run in found.items() if run is None]
    if missing and visitors.start_button(
        f"Run {len(missing)} short training{'s' if len(missing) > 1 else ''}",
        record,
        [of_run for _, of_run in missing],
        icon=":material/science:",
        help="Two epochs of 6,444 images each. They are kept as runs, so that nobody has to wait for them again.",
    ):
        for loop, of_run in missing:
            visitors.do(requests.start, record, of_run, (loop,), f"Cause: {wanted[loop, of_run]}")
        st.rerun()
    active = [run.id for run in sorted(filter(None, found.values()), key=lambda run: run.created) if run.active]
    if active:
        st.fragment(_watch)(record, active)
    _bars(record, config, {t: c for t, c in causes.items() if all(_done(found[p]) for p in pair(c, config))}, found)


def _done(run: Run | None) -> bool:
    return run is not None and run.state == "finished"


def _watch(record: Store, ids: list[str]) -> None:
    try:
        runs = [record.get(run_id) for run_id in ids]
    except RunNotFoundError:
        st.rerun()
    waiting = [run for run in runs if run.active]
    st.caption(f"{len(waiting)} still to do. Now: {plain(waiting[0].name) if waiting else 'the figures'}.")
    for run in waiting[:1]:
        board.show(record, board.Board((run.id,), "progress"), [run])
    if len(waiting) < len(ids):
        st.rerun()


def _bars(record: Store, config: RunConfig, causes: dict[str, Cause], found: dict) -> None:
    if not causes:
        return
    runs = {title: [found[training] for training in pair(cause, config)] for title, cause in causes.items()}
    moved = {
        title: effect(cause, *(live.follower(record, run.id).read() for run in runs[title]))
        for title, cause in causes.items()
    }
    order = sorted(moved, key=lambda title: -moved[title].distance)
    st.plotly_chart(
        effects(order, [moved[title].distance for title in order]),
        key="effects",
        alt="How far the printed loss moves because of each cause",
    )
    st.caption(
        "How far the loss printed at an epoch's end moves, at most, when only this is changed. The axis is "
        "logarithmic: each line is ten times the one before it."
    )
    rows = [
        {
            "Cause": title,
            "Printed": ", ".join(f"{loss:.5f}" for loss in moved[title].printed[0]),
            "Changed": ", ".join(f"{loss:.5f}" for loss in moved[title].printed[1]),
            "Largest difference": f"{moved[title].distance:.1e}" if moved[title].distance else "0",
            "Curves": "/compare?" + "&".join(f"runs={run_id}" for run_id in dict.fromkeys(r.id for r in runs[title])),
        }
        for title in order
    ]
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        column_config={"Curves": st.column_config.LinkColumn(display_text="see the curves")},
        alt="The printed losses of each pair",
    )
