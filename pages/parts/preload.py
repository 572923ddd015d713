"""Figures sooner: the browser gets the programs that draw them before a page needs them."""

from functools import cache
from pathlib import Path

import streamlit
from streamlit.components.v2 import component

# Streamlit's files with Plotly, Compare's controls and tables, Vega and its charts, and the log's typesetter.
PROGRAMS = (
    *("PlotlyChart", "Multiselect", "ButtonGroup", "Checkbox", "DataFrame"),
    *("embed", "vega-interpreter", "ArrowVegaLiteChart", "StreamlitSyntaxHighlighter"),
)
_preload = component("vae_lab_preload", js=(Path(__file__).parent / "preload.js").read_text())


def figures() -> None:
    """Lets the browser load the programs as soon as it has nothing else to do."""
    _preload(key="preload", data={"files": _files()})


@cache
def _files() -> list[str]:
    """The names of the files; without those that this version of Streamlit calls otherwise."""
    folder = Path(streamlit.__file__).parent / "static" / "static" / "js"
    return [file.name for program in PROGRAMS for file in sorted(folder.glob(f"{program}.*.js"))]
