"""`python -m benchmarks.faults`: injects every fault, prints the table, and with --write puts it into the docs."""

import argparse
import os
import re
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from statistics import median

from benchmarks.faults import Outcome, clicks, clocks, databases, disks, kills

FAULTS: tuple[Callable[[], Outcome], ...] = (
    kills.worker_killed,
    kills.server_killed,
    kills.both_killed,
    kills.two_servers,
    disks.truncated,
    disks.flipped,
    disks.disk_full,
    disks.read_only,
    databases.database_locked,
    databases.database_damaged,
    clocks.clock_set,
    clocks.no_numbers,
    clicks.many_clicks,
)
DOCS = Path(__file__).parents[2] / "docs" / "reliability.md"
SECTION = re.compile("(?<=<!-- faults -->\n).*(?=<!-- /faults -->)", re.DOTALL)


def table(outcomes: Sequence[Outcome]) -> str:
    """The outcomes as a Markdown table."""
    lines = [
        "| fault | how | times | runs lost | steps lost | steps trained again | recovered after | |",
        "| --- | --- | ---: | ---: | ---: | --- | --- | --- |",
    ]
    for outcome in outcomes:
        again = _range(outcome.again, "{:,.0f}")
        seconds = _range(outcome.seconds, "{:.1f} s" if max(outcome.seconds, default=1) >= 0.1 else "{:.3f} s")
        cells = (
            outcome.fault,
            outcome.how,
            f"{outcome.times:,}",
            outcome.lost_runs,
            outcome.lost_steps,
            again,
            seconds,
        )
        lines.append("| " + " | ".join(map(str, cells)) + f" | {outcome.note} |")
    return "\n".join(lines)


def _range(values: Sequence[float], form: str) -> str:
    """The median and the largest of some values."""
    if not values:
        return "–"
    middle, most = form.format(median(values)), form.format(max(values))
    return middle if middle == most else f"{middle}, at most {most}"


def main() -> int:
    """Injects the faults; the status is 1 if anything was lost."""
    parser = argparse.ArgumentParser(description="Inject faults into real trainings and count what is lost.")
    names = [fault.__name__ for fault in FAULTS]
    parser.add_argument("--only", default=",".join(names), help=f"Some of {', '.join(names)}, with commas between.")
    parser.add_argument("--write", action="store_true", help="Write the table into docs/reliability.md.")
    options = parser.parse_args()
    only = options.only.split(",")
    if unknown := set(only) - set(names):
        parser.error(f"--only {', '.join(sorted(unknown))} is not possible: it must be some of {', '.join(names)}.")
    outcomes = []
    for fault in FAULTS:
        if fault.__name__ in only:
            print(f"{fault.__name__} …", file=sys.stderr)
            outcomes.append(fault())
            print(table(outcomes[-1:]).splitlines()[-1], file=sys.stderr)
    text = f"{date.today().isoformat()}, {os.cpu_count()} cores.\n\n{table(outcomes)}"
    print(text)
    if options.write:
        DOCS.write_text(SECTION.sub(lambda _: text + "\n", DOCS.read_text()))
    return int(any(outcome.lost_runs or outcome.lost_steps for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main())
