"""Figures sooner: the browser gets the program that draws them before a page needs it."""

from functools import cache
from pathlib import Path

import streamlit
from streamlit.components.v2 import component

_preload = component("vae_lab_preload", js=(Path(__file__).parent / "preload.js").read_text())


def figures() -> None:
    """Lets the browser load Plotly as soon as it has nothing else to do."""
    _preload(key="preload", data={"file": _file()})


@cache
def _file() -> str:
    """The name of Streamlit's file with Plotly; "" if this version of Streamlit calls it otherwise."""
    found = sorted((Path(streamlit.__file__).parent / "static" / "static" / "js").glob("PlotlyChart.*.js"))
    return found[0].name if found else ""
