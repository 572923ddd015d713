"""Every run: its state and figures; rename, pin, download, import, delete."""

import pandas as pd
import streamlit as st

from pages.parts import exports, frame, keep, snapshots, tables, visitors
from pages.parts.pickers import pick_run, plain
from vae import requests
from vae.runs import Run
from vae.runs.run import ACTIVE, ENDED, MAX_NAME

record = frame.page("pages/runs.py", "Everything that was trained here, the newest first.")
runs = record.newest()
if not runs:
    st.info("Nothing has been trained here yet.")
    st.page_link("pages/train.py", label="Train the first model", icon=":material/play_circle:")
    exports.bring_in(record)
    st.stop()
st.dataframe(
    pd.DataFrame(tables.overview(runs)),
    hide_index=True,
    column_config=tables.COLUMNS,
    alt="All runs with state and figures",
)


@st.dialog("Delete this run?")
def confirm_delete(run: Run) -> None:
    """Asks once more, because deleting cannot be undone."""
    st.markdown(f"**{plain(run.name)}** with its curves and weights. This cannot be undone.")
    if st.button("Delete for good", type="primary", icon=":material/delete:", on_click=delete, args=(run.id,)):
        st.rerun()


def delete(run_id: str) -> None:
    """Deletes a run; one that was deleted or started again meanwhile is said."""
    visitors.do(requests.delete, record, run_id)
    st.query_params.pop("run", None)


def rename(run_id: str) -> None:
    """Gives a run the name in the form."""
    visitors.do(requests.rename, record, run_id, st.session_state[f"name_{run_id}"])


exports.bring_in(record)
run = pick_run(record, ACTIVE + ENDED)
assert run
with st.form("rename", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
    named = visitors.guard(record, "A name to find it again by.")
    st.text_input("Name", run.name, max_chars=MAX_NAME, key=f"name_{run.id}", **named)
    st.form_submit_button("Rename", icon=":material/edit:", on_click=rename, args=(run.id,), **named)
if run.error:
    st.error(plain(run.error))
with st.container(horizontal=True, vertical_alignment="center"):
    st.page_link("pages/train.py", label="Open", icon=":material/search:", query_params={"run": run.id})
    exports.downloads(record, run)
    snapshots.button(record, [run])
    keep.toggle(record, run)
    fixed = "A run that waits or trains must be stopped first." if run.active else ""
    fixed = "A pinned run must be unpinned first." if run.pinned else fixed
    deleting = visitors.guard(record, "Deletes its curves and weights.", fixed)
    if st.button("Delete", icon=":material/delete:", **deleting):
        confirm_delete(run)
with st.expander("Settings and environment", icon=":material/settings:"):
    st.json({"id": run.id, "settings": run.config.model_dump(), "environment": run.environment, "test": run.result})
