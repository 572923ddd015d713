"""A canvas to draw on."""

from collections.abc import Callable
from pathlib import Path

from streamlit.components.v2 import component

HERE = Path(__file__).parent
HTML = """<div>
<canvas width="336" height="336" role="img" aria-label="Draw here with a mouse, a finger or a pen"></canvas>
<button type="button">Clear</button>
</div>"""

_component = component(
    "vae_lab_canvas",
    html=HTML,
    css=(HERE / "button.css").read_text() + (HERE / "canvas.css").read_text(),
    js=(HERE / "canvas.js").read_text(),
)


def draw(on_change: Callable[[], None]) -> object:
    """Draws the canvas; returns what the browser sent: a data address of a PNG, None without a drawing.

    Args:
        on_change: called when a stroke has ended or the canvas was cleared.
    """
    return _component(key="canvas", on_drawing_change=on_change).drawing
