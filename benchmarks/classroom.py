"""What a class costs a training that it watches: steps a second with visitors on its page, and alone, in turns.

`python -m benchmarks.classroom` starts a server on this computer alone, with a record of its own, and ends it
afterwards. The visitors are sessions of this process on the same cores: they ask as browsers do, and draw nothing.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import psutil

from benchmarks.site import Site
from benchmarks.visitor import Session
from vae.config import RunConfig

LONG = RunConfig(epochs=500)
# Until all have come, and the run is past its first, hurried looks.
SETTLE_SECONDS = 12


class Pace(NamedTuple):
    """Optimizer steps a second, and the share of one core that the server took."""

    steps: float
    server: float


def pace(site: Site, run_id: str, seconds: float) -> Pace:
    """The pace of a run over the next seconds."""
    server, step, start = psutil.Process(site.server.process.pid), site.record.get(run_id).step, time.monotonic()
    before = sum(server.cpu_times()[:2])
    time.sleep(seconds)
    took = time.monotonic() - start
    return Pace((site.record.get(run_id).step - step) / took, (sum(server.cpu_times()[:2]) - before) / took)


async def watched(site: Site, run_id: str, seconds: float, visitors: int) -> Pace:
    """The same while visitors look at the run."""

    async def look() -> None:
        await asyncio.sleep(random.uniform(0, SETTLE_SECONDS / 2))
        async with Session(site.server.url) as session:
            await session.open("train", f"run={run_id}")
            await session.follow()

    looking = [asyncio.create_task(look()) for _ in range(visitors)]
    await asyncio.sleep(SETTLE_SECONDS)
    found = await asyncio.to_thread(pace, site, run_id, seconds)
    gone = [task.exception() for task in looking if task.done()]
    for task in looking:
        task.cancel()
    await asyncio.gather(*looking, return_exceptions=True)
    if gone:
        raise RuntimeError(f"{len(gone)} visitors did not stay: {gone[0]}")
    return found


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.classroom", description=__doc__)
    parser.add_argument("--loop", default="tape_scan")
    parser.add_argument("--visitors", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=25.0)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args(argv)
    alone, crowded = list[Pace](), list[Pace]()
    with tempfile.TemporaryDirectory(prefix="vae-lab-") as folder:
        site = Site(Path(folder))
        try:
            run_id = site.begin(LONG, options.loop, "Classroom")
            time.sleep(SETTLE_SECONDS)
            for _ in range(options.repeats):
                alone.append(pace(site, run_id, options.seconds))
                crowded.append(asyncio.run(watched(site, run_id, options.seconds, options.visitors)))
        finally:
            site.close()
    print("| | steps a second | server, of one core |\n| --- | ---: | ---: |")
    for who, found in (("nobody", alone), (f"{options.visitors} visitors", crowded)):
        print(f"| {who} | {np.median([p.steps for p in found]):,.0f} | {np.median([p.server for p in found]):.0%} |")
    slower = [a.steps / b.steps for a, b in zip(alone, crowded, strict=True)]
    print(f"\nTime of a step, over that alone: {np.median(slower):.2f} ({min(slower):.2f} to {max(slower):.2f})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
