"""The app's own cost: training through it against the bare loop, waiting after a click, opening long runs.

`python -m benchmarks.app` starts a server with a record of its own and a headless Chromium, and takes minutes.
"""

import argparse
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from statistics import median
from typing import Any, NamedTuple

from vae.loops import LOOPS

OVERHEAD_FLOOR = 1.05
CLICK_FLOORS = {"tape": 1.0, "tape_scan": 3.0}
COMPARE_FLOOR = 1.0
POINTS_FLOOR = 2000


class Row(NamedTuple):
    """One figure as measured again and again, and the most that its median may be, if there is a limit."""

    what: str
    values: Sequence[float]
    unit: str = ""
    floor: float | None = None


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table: medians, and the smallest and largest where they differ."""
    lines = ["| what | measured | floor | holds |", "|---|---:|---:|---|"]
    for what, values, unit, floor in rows:
        low, middle, high = (_number(value) for value in (min(values), median(values), max(values)))
        measured = middle + unit + (f" ({low} to {high})" if low != high else "")
        limit = "" if floor is None else f"≤ {_number(floor)}{unit}"
        holds = "" if floor is None else "yes" if median(values) <= floor else "no"
        lines.append(f"| {what} | {measured} | {limit} | {holds} |")
    return "\n".join(lines)


def _number(value: float) -> str:
    return f"{value:,.2f}".removesuffix(".00") if value >= 100 else f"{value:.2f}"


def overhead(options: argparse.Namespace) -> Iterator[Row]:
    """Seconds an epoch through the app, with a live page and without, over those of the bare loop."""
    from benchmarks.app_bench import bench
    from benchmarks.app_turns import LIVE_PAGES, in_turns

    with bench() as here:
        for loop in options.loop:
            bare, ratios = zip(*[in_turns(here, loop) for _ in range(options.repeats)], strict=True)
            yield Row(f"`{loop}` bare, an epoch", [seconds for turns in bare for seconds in turns], " s")
            for page in LIVE_PAGES:
                of_page = [by_page[page] for by_page in ratios]
                yield Row(f"`{loop}` by the app, {page} open, over bare", of_page, "", OVERHEAD_FLOOR)


def click(options: argparse.Namespace) -> Iterator[Row]:
    """Seconds from the click on Start, with a warm worker at rest."""
    from benchmarks.app_bench import Click, bench

    with bench() as here:
        for loop in options.loop:
            clicks = Click(*zip(*[here.click(loop) for _ in range(options.repeats)], strict=True))
            floor = CLICK_FLOORS.get(loop)
            yield Row(f"`{loop}`, click to the run in the record", clicks.recorded, " s")
            yield Row(f"`{loop}`, click to the worker that takes it", clicks.claimed, " s")
            yield Row(f"`{loop}`, click to the first recorded step", clicks.first_step, " s", floor)
            yield Row(f"`{loop}`, click to the first curve", clicks.curve, " s", floor)


def compare(options: argparse.Namespace) -> Iterator[Row]:
    """Seconds to open two runs of 93,800 steps on Compare; the server and the browser have shown another page."""
    from benchmarks.app_bench import bench

    openings, reading = [], []
    with bench() as here:
        for _ in range(options.repeats):
            openings.append(here.open_compare())
            newest = here.record.newest(limit=2)
            reading.append(_seconds(lambda runs=newest: [here.record.metrics(run.id) for run in runs]))
    what = "Compare, two runs of 93,800 steps"
    yield Row(f"{what}, by a click", [opening.click for opening in openings], " s", COMPARE_FLOOR)
    yield Row(f"{what}, by their address", [opening.address for opening in openings], " s", COMPARE_FLOOR)
    yield Row(f"{what}, by it again", [opening.again for opening in openings], " s", COMPARE_FLOOR)
    yield Row(f"{what}, by it from afar, nothing cached", [opening.far for opening in openings], " s")
    yield Row("reading both from the record", reading, " s")
    yield Row("points of the longest curve", [max(opening.points) for opening in openings], "", POINTS_FLOOR)


def _seconds(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


MEASURES = {"overhead": overhead, "click": click, "compare": compare}


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line; loops that do not exist are left out."""
    parser = argparse.ArgumentParser("benchmarks.app", description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3, help="times that everything is measured")
    parser.add_argument("--loop", type=_words, default=["tape", "tape_scan"], help="names of loops, with commas")
    parser.add_argument("--only", type=_words, default=list(MEASURES), help="any of " + ",".join(MEASURES))
    options = parser.parse_args(arguments)
    options.loop = [loop for loop in options.loop if loop in LOOPS]
    if not options.loop:
        parser.error(f"--loop takes some of {','.join(LOOPS)}")
    if unknown := set(options.only) - set(MEASURES):
        parser.error(f"--only takes some of {','.join(MEASURES)}, not {','.join(sorted(unknown))}")
    if options.repeats < 1:
        parser.error("--repeats must be at least 1")
    return options


def _words(text: str) -> list[str]:
    return text.split(",")


def main() -> None:
    """Measures, and prints the table."""
    options = parse()
    try:
        import playwright  # noqa: F401
    except ImportError:
        sys.exit("Playwright is missing; install requirements-dev.txt.")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the children are ended
    rows = [row for name in options.only for row in MEASURES[name](options)]
    print(table(rows))


if __name__ == "__main__":
    main()
