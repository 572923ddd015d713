"""Two loops' own source beside each other, phase by phase."""

import html

import streamlit as st

from pages.parts.pickers import check_url
from vae.loops import LOOPS
from vae.sources import Line, aligned

WORDS = {
    "set-up": "what is made once",
    "batch": "the next images, in the shared order",
    "forward": "encode, sample, decode",
    "loss": "reconstruction error plus KL",
    "gradient": "how the loss changes with each weight",
    "update": "Adam moves the weights",
    "report": "what you see in the curves",
}
STYLE = """
.vae-lab-source { width: 100%; table-layout: fixed; border-collapse: collapse; font-size: .8rem; }
.vae-lab-source th { text-align: left; padding: .9rem 0 .3rem; border: 0; }
.vae-lab-source th span { font-weight: 400; opacity: .75; }
.vae-lab-source td { border: 0; padding: .05rem .4rem; vertical-align: top; width: 50%; }
.vae-lab-source code { display: block; text-indent: -4ch; white-space: pre-wrap; overflow-wrap: anywhere;
  background: none; color: inherit; padding: 0; font-size: inherit; }
.vae-lab-source .differs td:first-child:not(.absent) { background: rgba(0, 114, 178, .16); }
.vae-lab-source .differs td:last-child:not(.absent) { background: rgba(230, 159, 0, .2); }
.vae-lab-source .differs td:not(.absent) { position: relative; }
.vae-lab-source .differs td:not(.absent)::before { content: attr(data-sign); position: absolute; left: .15rem; }
.vae-lab-source td { padding-left: 1rem; }
@media (max-width: 640px) { .vae-lab-source { font-size: .62rem; } .vae-lab-source td { padding-left: .7rem; } }
"""


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
    st.html(_table(_aligned(*chosen)))


@st.cache_data(show_spinner="Reading the loops…")
def _aligned(left: str, right: str) -> dict[str, list[Line]]:
    return aligned(left, right)


def _table(phases: dict[str, list[Line]]) -> str:
    """The two sides as an HTML table: rows stay beside each other when their lines wrap."""
    rows = []
    for phase, lines in phases.items():
        rows.append(f"<tr><th colspan=2>{phase.capitalize()}<span>: {WORDS[phase]}</span></th></tr>")
        left, right = _dedented([line.left for line in lines]), _dedented([line.right for line in lines])
        for line, a, b in zip(lines, left, right, strict=True):
            kind = " class=differs" if line.differs else ""
            rows.append(f"<tr{kind}>{_cell(a, '−')}{_cell(b, '+')}</tr>")
    return f"<style>{STYLE}</style><table class=vae-lab-source>{''.join(rows)}</table>"


def _dedented(lines: list[str | None]) -> list[str | None]:
    common = min((len(line) - len(line.lstrip()) for line in lines if line), default=0)
    return [line and line[common:] for line in lines]


def _cell(line: str | None, sign: str) -> str:
    if line is None:
        return "<td class=absent></td>"
    # The lines hang: what wraps is indented further than its beginning.
    indent = len(line) - len(line.lstrip())
    return f'<td data-sign="{sign}"><code style="padding-left:{indent + 4}ch">{html.escape(line.strip())}</code></td>'
