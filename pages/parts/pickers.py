"""Choosing runs, and settings of a view, in a way that the URL carries."""

import math
import re
from collections.abc import Callable, Iterable, Mapping

import streamlit as st

from vae.jobs.local import MAX_SEEDS
from vae.loops import LOOPS
from vae.names import label
from vae.runs import Run, RunNotFoundError, Store

# All loops with the most seeds that a race has.
MAX_PICKED = len(LOOPS) * MAX_SEEDS
# Sentences that refuse values of the address: to be said when the page begins again, and said by this run of it.
REFUSED, SAID = "refused_values", "refused_values_said"


def plain(text: str) -> str:
    """Text from outside, with the characters escaped that Markdown would take as its own."""
    return re.sub(r"([\\`*_{}\[\]()<>#+\-.!|~$:])", r"\\\1", text)


def run_from_url(record: Store) -> Run | None:
    """The run that the URL names, or None with a sentence if there is no such run."""
    run_id = st.query_params.get("run")
    if run_id is None:
        return None
    try:
        return record.get(run_id)
    except RunNotFoundError as error:
        st.warning(f"{error} The link may be old; choose a run below.", icon=":material/link_off:")
        del st.query_params["run"]
        return None


def pick_run(record: Store, states: Iterable[str]) -> Run | None:
    """A list of the runs in `states`; the URL's run is chosen, else the newest. None if there are no runs."""
    named = run_from_url(record)
    runs = record.newest(states)
    if named and named.id not in {run.id for run in runs}:
        runs = [named, *runs]
    if not runs:
        return None
    by_id = {run.id: run for run in runs}
    st.session_state["picked_run"] = named.id if named else runs[0].id

    def to_url() -> None:
        if st.session_state["picked_run"] in by_id:
            st.query_params["run"] = st.session_state["picked_run"]

    chosen = st.selectbox(
        "Run",
        list(by_id),
        format_func=lambda run_id: label(by_id[run_id]),
        key="picked_run",
        on_change=to_url,
        help="The training whose model is shown. The link in the address bar carries your choice.",
    )
    st.query_params["run"] = chosen
    return by_id[chosen]


def pick_runs(record: Store) -> list[Run]:
    """A list of runs to lay over each other; the URL's runs are chosen, else the newest race, else the newest run."""
    named = []
    for run_id in st.query_params.get_all("runs"):
        try:
            named.append(record.get(run_id))
        except RunNotFoundError as error:
            st.warning(f"{error} The link may be old; the others are shown.", icon=":material/link_off:")
    newest = record.newest()
    if not named:
        races = [run for run in newest if run.race]
        named = record.newest(race=races[0].race)[::-1] if races else newest[:1]
    by_id = {run.id: run for run in [*newest, *named]}
    st.session_state["picked_runs"] = list(dict.fromkeys(run.id for run in named))[:MAX_PICKED]
    if not by_id:
        return []

    def to_url() -> None:
        st.query_params["runs"] = [run_id for run_id in st.session_state["picked_runs"] if run_id in by_id]

    chosen = st.multiselect(
        "Runs",
        list(by_id),
        format_func=lambda run_id: label(by_id[run_id]),
        key="picked_runs",
        on_change=to_url,
        max_selections=MAX_PICKED,
        help="The runs whose curves are drawn. The link in the address bar carries your choice.",
    )
    st.query_params["runs"] = chosen
    return [by_id[run_id] for run_id in chosen]


def begin_without(path: str, refused: Mapping[str, str], then: str = "") -> None:
    """Begins the page again without some values of the address, and says why.

    Left in the address, a widget would take what it can of a value, 3 of 3.7.

    Args:
        path: the page's file.
        refused: the sentence that refuses a value, by the value's name in the address.
        then: what they end with once the values are gone.
    """
    # The back button can bring such an address to a page that is drawn, whose part of it belongs to the widgets.
    if refused and not any(name in st.session_state for name in refused):
        kept = {name: st.query_params.get_all(name) for name in st.query_params if name not in refused}
        # With what was said at the top, because this run, which is given up, has not shown it to anybody.
        st.session_state[REFUSED] = st.session_state.get(SAID, []) + [said + then for said in refused.values()]
        st.switch_page(path, query_params=kept)
    for said in refused.values():
        st.warning(said)


def refuse_infinity(path: str) -> None:
    """Says which values of the address are infinite: Streamlit's fields for whole numbers break on these alone.

    First it says what was refused when the page began again.
    """
    st.session_state[SAID] = st.session_state.pop(REFUSED, [])
    for said in st.session_state[SAID]:
        st.warning(said)
    refused = {
        name: f"{plain(name[:60])} = {plain(value[:60])} in the address is not possible: it is infinite."
        for name in st.query_params
        if name  # no field has an empty one
        for value in st.query_params.get_all(name)
        if _infinite(value)
    }
    begin_without(path, refused)


def _infinite(text: str) -> bool:
    try:
        return math.isinf(float(text))
    except ValueError:
        return False


def check_url(key: str, possible: Callable[[str], bool], allowed: str) -> None:
    """Says in a sentence that the URL's value for `key` is not possible; the widget then takes its default.

    Call it before the widget that is bound to `key`, because Streamlit drops such a value without a word.
    """
    for value in st.query_params.get_all(key):
        if not possible(value):
            st.warning(f"{key} = {value[:60]} in the address is not possible: it must be {allowed}.")
            return


def check_switch(key: str) -> None:
    """The same for a switch, before `st.toggle`."""
    check_url(key, lambda value: value.lower() in ("true", "false"), "true or false")


def whole_number(low: int, high: int) -> Callable[[str], bool]:
    """A test for `check_url`: a whole number from `low` to `high`."""
    return lambda text: text.isdecimal() and len(text) < 10 and low <= int(text) <= high
