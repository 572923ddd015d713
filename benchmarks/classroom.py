"""What a class costs a training that it watches: steps a second with visitors on its page, and alone, in turns.

`python -m benchmarks.classroom` starts a server on this computer alone, with a record of its own, and ends it
afterwards. The visitors are sessions of this process on the same cores: they ask as browsers do, and draw nothing.
"""

import argparse
import asyncio
import random
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.site import Pace, Site
from benchmarks.visitor import Session
from vae.config import RunConfig
from vae.loops import LOOPS

LONG = RunConfig(epochs=500)
# Until all have come, and the run is past its first, hurried looks.
SETTLE_SECONDS = 12


async def watched(site: Site, run_id: str, seconds: float, visitors: int) -> Pace:
    """The pace of a run over the next seconds, while visitors look at it."""

    async def look() -> None:
        await asyncio.sleep(random.uniform(0, SETTLE_SECONDS / 2))
        async with Session(site.server.url) as session:
            await session.open("train", f"run={run_id}")
            await session.follow()

    looking = [asyncio.create_task(look()) for _ in range(visitors)]
    await asyncio.sleep(SETTLE_SECONDS)
    found = await asyncio.to_thread(site.pace, run_id, seconds)
    gone = [task.exception() for task in looking if task.done()]
    for task in looking:
        task.cancel()
    await asyncio.gather(*looking, return_exceptions=True)
    if gone:
        raise RuntimeError(f"{len(gone)} visitors did not stay: {gone[0]}")
    return found


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser("benchmarks.classroom", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--loop", default="tape_scan", choices=list(LOOPS))
    parser.add_argument("--visitors", type=int, default=30, help="who look at the same time, 1 to 200")
    parser.add_argument("--seconds", type=float, default=25, help="that each measurement takes")
    parser.add_argument("--repeats", type=int, default=3, help="times that everything is measured")
    options = parser.parse_args(arguments)
    if not 1 <= options.visitors <= 200 or not 5 <= options.seconds <= 600 or not 1 <= options.repeats <= 20:
        parser.error("--visitors takes 1 to 200, --seconds 5 to 600, --repeats 1 to 20")
    return options


def main() -> None:
    """Measures, and prints the table."""
    options = parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server is ended
    alone, crowded = list[Pace](), list[Pace]()
    with tempfile.TemporaryDirectory(prefix="vae-lab-") as folder:
        site = Site(Path(folder))
        try:
            run_id = site.begin(LONG, options.loop, "Classroom")
            time.sleep(SETTLE_SECONDS)
            for _ in range(options.repeats):
                alone.append(site.pace(run_id, options.seconds))
                crowded.append(asyncio.run(watched(site, run_id, options.seconds, options.visitors)))
        finally:
            site.close()
    print("| | steps a second | server, of one core |\n| --- | ---: | ---: |")
    for who, found in (("nobody", alone), (f"{options.visitors} visitors", crowded)):
        print(f"| {who} | {np.median([p.steps for p in found]):,.0f} | {np.median([p.server for p in found]):.0%} |")
    slower = [a.steps / b.steps for a, b in zip(alone, crowded, strict=True)]
    print(f"\nTime of a step, over that alone: {np.median(slower):.2f} ({min(slower):.2f} to {max(slower):.2f})")


if __name__ == "__main__":
    main()
