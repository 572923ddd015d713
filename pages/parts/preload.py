"""Figures sooner: the browser gets the programs that draw them before a page needs them."""

from pathlib import Path

from streamlit.components.v2 import component

from pages.parts import assets

# Streamlit's files with Plotly, Compare's controls and tables, Vega and its charts, and the typesetter of programs.
PROGRAMS = (
    *("PlotlyChart", "Multiselect", "ButtonGroup", "Checkbox", "DataFrame"),
    *("embed", "vega-interpreter", "ArrowVegaLiteChart", "StreamlitSyntaxHighlighter"),
)
_preload = component("vae_lab_preload", js=(Path(__file__).parent / "preload.js").read_text())


def figures() -> None:
    """Lets the browser load the programs as soon as it has nothing else to do."""
    _preload(key="preload", data={"files": assets.files(PROGRAMS)})
