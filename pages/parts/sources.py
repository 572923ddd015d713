"""Two loops' own source beside each other, phase by phase."""

import streamlit as st

from pages.parts.pickers import check_url
from vae.loops import LOOPS
from vae.sources import PHASES, Line, aligned

WORDS = {
    "set-up": "what is made once",
    "batch": "the next images, in the shared order",
    "forward": "encode, sample, decode",
    "loss": "reconstruction error plus KL",
    "gradient": "how the loss changes with each weight",
    "update": "Adam moves the weights",
    "report": "what you see in the curves",
}


def side_by_side(left: str, right: str) -> None:
    """Draws the choice of two loops and their source; the differing lines are marked."""
    titles = {entry.title: loop for loop, entry in LOOPS.items()}
    chosen = []
    for side, loop, column in zip(("left", "right"), (left, right), st.columns(2), strict=True):
        check_url(side, titles.__contains__, "one of " + ", ".join(titles))
        names = list(titles)
        with column:
            title = st.selectbox(
                "Loop" if side == "left" else "Beside it",
                names,
                index=list(LOOPS).index(loop),
                key=side,
                bind="query-params",
                help="The source is read from the running program, fit()'s own steps from the installed Keras.",
            )
        chosen.append(titles.get(title or "", loop))
    rows = _aligned(*chosen)
    for phase in PHASES:
        st.markdown(f"**{phase.capitalize()}**: {WORDS[phase]}")
        columns = st.columns(2)
        for column, side, sign in zip(columns, ("left", "right"), "-+", strict=True):
            column.code(_text(rows[phase], side, sign), language="diff", wrap_lines=False)


@st.cache_data(show_spinner="Reading the loops…")
def _aligned(left: str, right: str) -> dict[str, list[Line]]:
    return aligned(left, right)


def _text(rows: list[Line], side: str, sign: str) -> str:
    lines = [(getattr(row, side), sign if row.differs else " ") for row in rows]
    return "\n".join("" if line is None else f"{mark} {line}" for line, mark in lines) or "  (Keras does it)"
