"""Fifty visitors on one server while a run trains: how long they wait, what it costs the training, and the memory.

`python -m benchmarks.load` starts a server on this computer alone, with a record of its own, and ends it afterwards.
The visitors are websocket sessions of this process on the same two cores, so that the server is better than measured.
"""

import argparse
import asyncio
import json
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.site import Site
from benchmarks.visitor import Visitor, Waits
from vae.config import RunConfig

LOAD_FLOOR, RERUN_FLOOR, SLOWER_FLOOR, GROWTH_FLOOR = 2.0, 0.5, 1.10, 1.05
# What a small host has.
MEMORY_MB = 2048
TUTORIAL = RunConfig(epochs=1)
TWO_D = RunConfig(epochs=1, latent_dim=2, kl_reduction="sum")
LONG = RunConfig(epochs=500)
SETTLE_SECONDS = 10
ALONE_SECONDS = 20


class Crowd(Site):
    """A site with two finished runs and one that trains."""

    def train_all(self) -> None:
        """Trains two short runs, and begins a long one; takes half a minute."""
        self.finished = self.train([TUTORIAL, TWO_D], "tape", "Load")
        self.training = self.begin(LONG, "tape", "Load, long")

    def pages(self) -> list[tuple[str, str]]:
        """Names and query strings of what visitors look at."""
        tutorial, two_d = self.finished
        return [
            ("", ""),
            ("train", ""),
            ("train", f"run={self.training}"),
            ("compare", f"runs={tutorial}&runs={two_d}"),
            ("reconstructions", f"run={tutorial}"),
            ("reconstructions", f"run={two_d}"),
            ("latent_space", f"run={two_d}"),
            ("runs", f"run={two_d}"),
        ]


async def visit(
    site: Crowd, sessions: int, seconds: float, think: float, each: float
) -> tuple[Waits, list[list[float]]]:
    """Lets visitors come for some seconds; returns their waits, and seconds, memory in MB and steps of the training."""
    waits, curve = Waits(), []
    start = time.monotonic()
    until = start + seconds
    visitors = [Visitor(site.server.url, site.pages(), waits, number) for number in range(sessions)]
    staying = asyncio.gather(*(visitor.stay(until, think) for visitor in visitors))
    while not staying.done():
        step = await asyncio.to_thread(lambda: site.record.get(site.training).step)
        curve.append([time.monotonic() - start, site.megabytes(), float(step)])
        await asyncio.wait([staying], timeout=each)
    await staying
    return waits, curve


def figures(alone: float, waits: Waits, curve: list[list[float]]) -> dict:
    """What was measured; times in seconds, memory in MB, rates in steps a second."""
    times, memory, steps = np.array(curve).T
    middle = len(memory) // 2
    during = (steps[-1] - steps[0]) / (times[-1] - times[0])
    return {
        "pages": len(waits.load),
        "load": np.quantile(waits.load, [0.5, 0.95]).tolist(),
        "reruns": len(waits.rerun),
        "rerun": np.quantile(waits.rerun, [0.5, 0.95]).tolist(),
        "alone": alone,
        "during": during,
        "memory": [memory[0], memory[middle], memory[-1], memory.max()],
        "megabytes_sent": waits.bytes / 2**20,
        "errors": waits.errors,
    }


def table(found: dict, sessions: int, seconds: float) -> str:
    """The figures as a Markdown table."""
    slower = found["alone"] / found["during"]
    growth = found["memory"][2] / found["memory"][1]
    rows = [
        (f"page load, p95 of {found['pages']:,}", found["load"][1], "s", LOAD_FLOOR),
        (f"rerun after a control, p95 of {found['reruns']:,}", found["rerun"][1], "s", RERUN_FLOOR),
        ("time of a training step, over that without visitors", slower, "", SLOWER_FLOOR),
        ("server's memory at the end, over that at half time", growth, "", GROWTH_FLOOR),
    ]
    lines = [
        f"{sessions} visitors for {seconds:,.0f} s; {len(found['errors'])} errors; medians: load "
        f"{found['load'][0]:.2f} s, rerun {found['rerun'][0]:.2f} s; memory at most {found['memory'][3]:,.0f} MB.",
        "",
        "| what | measured | at most | holds |",
        "| --- | ---: | ---: | --- |",
    ]
    for what, value, unit, most in rows:
        lines.append(f"| {what} | {value:.2f} {unit} | {most:.2f} {unit} | {'yes' if value <= most else 'no'} |")
    return "\n".join(lines)


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser("benchmarks.load", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sessions", type=int, default=50, help="visitors at the same time, 1 to 200")
    parser.add_argument("--seconds", type=float, default=120, help="how long they stay; 7200 is the soak")
    parser.add_argument("--think", type=float, default=10, help="seconds between what a visitor does, on average")
    parser.add_argument("--json", type=Path, help="a file for the figures and the curve of the memory")
    options = parser.parse_args(arguments)
    if not 1 <= options.sessions <= 200 or not 10 <= options.seconds <= 86_400 or not 0.1 <= options.think <= 600:
        parser.error("--sessions takes 1 to 200, --seconds 10 to 86400, --think 0.1 to 600")
    return options


def measure(options: argparse.Namespace) -> tuple[dict, list[list[float]]]:
    """Starts a server, lets the visitors come, ends it."""
    with tempfile.TemporaryDirectory() as folder:
        site = Crowd(Path(folder))
        try:
            site.train_all()
            time.sleep(SETTLE_SECONDS)
            alone = [site.pace(site.training, ALONE_SECONDS).steps]
            waits, curve = asyncio.run(
                visit(site, options.sessions, options.seconds, options.think, max(1.0, options.seconds / 240))
            )
            if site.record.get(site.training).active:
                alone.append(site.pace(site.training, ALONE_SECONDS).steps)
            return figures(sum(alone) / len(alone), waits, curve), curve
        finally:
            site.close()


def main() -> None:
    """Measures, and prints the table."""
    options = parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server is ended
    found, curve = measure(options)
    print(table(found, options.sessions, options.seconds))
    for error in sorted(set(found["errors"]))[:10]:
        print(error)
    if options.json:
        options.json.write_text(json.dumps({**found, "curve": curve}, indent=1) + "\n")


if __name__ == "__main__":
    main()
