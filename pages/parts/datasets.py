"""The choice of a dataset, by title; the URL carries its name."""

import streamlit as st
from pydantic.fields import FieldInfo

from vae import own_data
from vae.config import BUILT_IN
from vae.data import DATASETS, DataError, entry

KEY = "dataset"
# What the URL said when it was last looked at or written.
TOLD = "dataset_told"


def pick(field: FieldInfo) -> str:
    """Draws the list of all datasets that are here; a new choice takes all training images of it.

    Args:
        field: of `RunConfig`.

    Returns:
        the name of the chosen one.
    """
    titles: dict[str, str] = {name: DATASETS[name].title for name in BUILT_IN}
    # Two sets may have one title, and a list tells its options apart by what it shows.
    titles |= {own.name: f"{own.title} · {own.sha256[:6]}" for own in own_data.kept()}

    def title(name: str) -> str:
        return titles.get(name, name)

    asked = st.query_params.get(KEY)
    if asked in titles and (KEY not in st.session_state or asked != st.session_state.get(TOLD)):
        st.session_state[KEY] = asked
    if st.session_state.get(KEY) not in titles:
        st.session_state[KEY] = field.default
    chosen = st.selectbox(
        field.title or KEY,
        list(titles),
        format_func=title,
        key=KEY,
        on_change=lambda: choose(st.session_state[KEY]),
        help=field.description,
    )
    # Not bound to the URL as the other settings are: that would carry the title.
    if chosen != field.default:
        st.query_params[KEY] = chosen
    elif KEY in st.query_params:
        del st.query_params[KEY]
    st.session_state[TOLD] = st.query_params.get(KEY)
    return chosen


def choose(name: str) -> None:
    """Chooses a dataset in the form, with all its training images; call it before the form is drawn."""
    try:
        found = entry(name)
    except DataError:
        return  # deleted just now; the form says so
    st.session_state[KEY] = st.session_state[TOLD] = name
    st.query_params[KEY] = name
    st.session_state["images"] = max(64, found.images - found.test_images)


def missing() -> str:
    """A sentence if the URL names a set of one's own that is not here, else nothing."""
    try:
        entry(st.query_params.get(KEY, BUILT_IN[0]))
    except DataError as error:
        return str(error)
    return ""
