"""A board: what changes while runs train, drawn by a component that asks the server for news by itself.

To draw a part of a page again, Streamlit needs a tenth of a second of a core for everybody who looks, and the browser
three. Here the browsers of a whole class get one answer (`pages/parts/feed.py`), and change only what is new in it.
"""

import math
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlencode

from streamlit.components.v2 import component

from pages.parts import health, live, outlook
from pages.parts.pickers import MAX_PICKED
from vae import curves
from vae.curve_figures import COLOURS
from vae.names import loop_title, short_names
from vae.report import log_lines
from vae.runs import Metrics, Run, Store, Validation
from vae.sketch import Line, sketch

HERE = Path(__file__).parent
# Ticks stand where they do in a snapshot.
SCRIPTS = (HERE.parents[1] / "vae" / "snapshot" / "axes.js", HERE / "board.js")
SILENCE_SECONDS = 10
# Of charts that seldom change, and are the larger answer.
TESTS_SECONDS = 8.0
OVERLAY_POINTS = 400
# Of a curve that has a third of the page.
PANEL_POINTS = 200
LOG_LINES = 10
TERM_HELP = {
    "loss": "What the optimizer lowers: the reconstruction error plus the KL term.",
    "reconstruction": "How far the reconstructions are from the images: the squared difference a pixel, or minus the "
    "images' log probability in nats, as the run was set.",
    "kl": "How far the codes are from standard normal noise, as the loss counts it. Zero: the codes say nothing.",
}

_component = component(
    "vae_lab_board",
    html="<section></section>",
    css=(HERE / "board.css").read_text(),
    js="".join(script.read_text() for script in SCRIPTS),
)


class Board(NamedTuple):
    """What somebody looks at.

    Attributes:
        runs: their ids, one or more.
        kind: "run" for the progress, figures, curves and log of one run, "tests" for what its model does with test
            images, "curves" for the progress of all and one curve of each, "progress" for that alone.
        term: the curve, a key of `curves.TERMS`.
        view: how it is seen, a key of `curves.VIEWS`.
    """

    runs: tuple[str, ...]
    kind: str = "run"
    term: str = "loss"
    view: str = "smooth"

    def query(self) -> str:
        """As an address carries it."""
        return urlencode(self._asdict(), doseq=True)


# With how many runs each may have.
KINDS = {"run": 1, "tests": 1, "curves": MAX_PICKED, "progress": MAX_PICKED}


def asked(query: str) -> Board | None:
    """What `Board.query` says, or None if it could not have."""
    found = parse_qs(query)
    kind, term, view = (found.get(name, [""])[0] for name in ("kind", "term", "view"))
    runs = tuple(found.get("runs", ()))
    possible = 0 < len(runs) <= KINDS.get(kind, 0) and term in curves.TERMS and view in curves.VIEWS
    return Board(runs, kind, term, view) if possible else None


def show(record: Store, board: Board, runs: Sequence[Run]) -> None:
    """Draws a board; what is around it is drawn again when that changes.

    Args:
        record: the record.
        board: what is looked at.
        runs: its runs, as the page drew the rest.
    """
    _component(
        key=f"board-{board.kind}-{board.runs[0]}", data=news(record, board, runs), on_changed_change=lambda: None
    )


def news(record: Store, board: Board, runs: Sequence[Run]) -> dict[str, Any]:
    """What is on a board now, for `board.js`.

    Returns:
        `query` and `kind`, as `board` says; `again`, the seconds until the next look, or None; `around`, which changes
        when the page around the board should; and what there is of `bars`, `tiles`, `charts` (see
        `vae.sketch.sketch`), `log`, `heading` and `caption`.
    """
    told: dict[str, Any] = {
        "query": board.query(),
        "kind": board.kind,
        "again": live.refresh_seconds(runs),
        "around": "",
    }
    if board.kind == "tests":
        found = record.validations(runs[0].id)
        told["again"] = told["again"] and TESTS_SECONDS
        return {**told, **_tests(runs[0], found)} if found else told
    of_run = {run.id: live.follower(record, run.id).read() for run in runs}
    told["around"] = "; ".join(_around(run, of_run[run.id], board) for run in runs)
    told["bars"] = [_bar(run, of_run[run.id]) for run in runs]
    if board.kind == "curves":
        told["charts"] = [_overlay(runs, of_run, board)]
    elif board.kind == "run":
        (run,), (metrics,) = runs, of_run.values()
        told["tiles"] = _tiles(metrics)
        told["charts"] = _panels(run, metrics) if run.active or len(metrics.step) else []
        told["log"] = "\n".join(log_lines(metrics, run)[-LOG_LINES:]) or "Nothing yet."
    return told


def _tests(run: Run, found: Sequence[Validation]) -> dict[str, Any]:
    return {"heading": health.heading(run), "charts": health.charts(run, found), "caption": health.caption(found[-1])}


def _around(run: Run, metrics: Metrics, board: Board) -> str:
    state = "active" if run.active else run.state
    alarm = board.kind == "run" and outlook.alarmed(run, metrics) is not None
    return f"{state} {run.stop_asked is not None} {run.pause_asked} {run.error} {alarm}"


def _bar(run: Run, metrics: Metrics) -> dict[str, Any]:
    """How far a run is, how fast it goes and how long it still takes, or why it does not go."""
    words, note = _words(run, metrics), ""
    if run.state == "running" and len(metrics.step) and time.time() - (run.heartbeat or 0) > SILENCE_SECONDS:
        note = "It has not shown a sign of life for a while. The computer may be busy or asleep."
    return {"title": loop_title(run), "words": words, "done": len(metrics.step) / run.config.steps, "note": note}


def _words(run: Run, metrics: Metrics) -> str:
    done, steps = len(metrics.step), run.config.steps
    if run.state == "queued":
        return "waits for its turn: this computer trains one run at a time."
    if run.state != "running":
        speed = curves.steps_per_second(metrics)
        words = f", {speed:,.0f} steps a second" if math.isfinite(speed) else ""
        return f"{run.state} after {done:,} of {steps:,} steps{words}"
    if not done:
        return f"{run.phase.lower()}…"
    if done == steps or run.phase not in ("", "Training"):
        words = f"{run.phase.lower()}…"
    elif run.stop_asked:
        words = "pausing…" if run.pause_asked else "stopping…"
    else:
        rate = done / metrics.seconds[-1] if metrics.seconds[-1] > 0 else math.nan
        words = f"{rate:,.0f} steps a second, {live.duration((steps - done) / rate)} left"
    return f"epoch {metrics.epoch[-1] + 1} of {run.config.epochs}, {words}"


def _tiles(metrics: Metrics) -> list[dict[str, Any]]:
    """The last epoch's figures so far, and how they changed since the epoch before."""
    means = curves.epoch_losses(metrics)
    tiles = []
    for term, title in curves.TERMS.items():
        now = means[-1][term] if means else None
        delta = means[-1][term] - means[-2][term] if len(means) > 1 else None
        help = f"{TERM_HELP[term]} Mean of the epoch so far; the arrow compares with the epoch before."
        tiles.append(
            {
                "title": title,
                "value": "–" if now is None else _figure(now),
                "delta": "" if delta is None else _figure(delta, "+"),
                "help": help,
            }
        )
    speed = curves.steps_per_second(metrics)
    value = f"{speed:,.0f}" if math.isfinite(speed) else "–"
    help = "Optimizer steps a second, after the first epoch where there is one."
    return [*tiles, {"title": "Steps a second", "value": value, "delta": "", "help": help}]


def _panels(run: Run, metrics: Metrics) -> list[dict[str, Any]]:
    """Loss, reconstruction error with that of always answering the mean image, and KL term."""
    floor = outlook.mean_image(run.config)
    return [
        sketch(
            title,
            {title: _line(metrics, term, "smooth", PANEL_POINTS)},
            len(metrics.step),
            {"mean image": floor} if floor and term == "reconstruction" else None,
        )
        for term, title in curves.TERMS.items()
    ]


def _overlay(runs: Sequence[Run], of_run: dict[str, Metrics], board: Board) -> dict[str, Any]:
    """One curve of several runs."""
    names = short_names(runs)
    lines = {
        names[run.id]: _line(of_run[run.id], board.term, board.view, OVERLAY_POINTS, COLOURS[number % len(COLOURS)])
        for number, run in enumerate(runs)
    }
    return sketch(curves.TERMS[board.term], lines, max(len(metrics.step) for metrics in of_run.values()))


def _line(metrics: Metrics, term: str, view: str, points: int, colour: str = "") -> Line:
    values = curves.VIEWS[view].transform(metrics, getattr(metrics, term))
    kept = curves.thin(len(values), points)
    return Line(metrics.step[kept], values[kept], colour)


def _figure(value: float, sign: str = "-") -> str:
    if abs(value) >= 10:
        return f"{value:{sign}.2f}"
    return f"{value:{sign}.4f}" if abs(value) >= 5e-4 or value == 0 else f"{value:{sign}.0e}"
