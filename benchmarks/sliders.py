"""How long the server takes from each slider to the new image: `python -m benchmarks.sliders`.

It starts a server on this computer alone, with a record of its own, trains two runs there, and opens pages as a browser
does: by a websocket. Each control is moved to places where it has not been. What is timed is from the message that says
so to the first new picture, and to the end of what is redrawn.
"""

import asyncio
import signal
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.site import Site
from benchmarks.visitor import Session, Took
from vae.presets import PRESETS

LIMIT = 0.15
SETTLE_SECONDS = 10
NETWORKS = {
    "dense": PRESETS["kl-fixed"].config.model_copy(update={"epochs": 6}),
    "convolutional": PRESETS["keras-conv"].config.model_copy(update={"epochs": 6, "images": 10_000}),
}
EPOCHS = ["epoch 4", "epoch 3", "epoch 2"]
# A page, the key of a control, and the values that it is moved to, one after the other.
STEPS: list[tuple[str, str, list[float] | list[str]]] = [
    ("reconstructions", "epoch", EPOCHS),
    ("reconstructions", "count", [40, 8, 20]),
    ("reconstructions", "which", ["best", "worst", "nearest to collapse"]),
    ("reconstructions", "decode", ["the mean", "a sample", "the mean"]),
    ("reconstructions", "times", [24, 8, 16]),
    ("latent_space", "epoch", EPOCHS),
    ("latent_space", "size", [20, 30, 10]),
    ("latent_space", "extent", [4, 2, 1]),
    ("latent_space", "steps", [15, 7, 11]),
    ("latent_space", "rows", [2, 1, 2]),
    ("latent_space", "between", [15, 5, 10]),
    ("latent_space", "sample", [1, 2, 3]),
]


async def measured(url: str, run_id: str) -> dict[str, list[Took]]:
    """What each move of each control took."""
    found = {}
    for page in dict.fromkeys(page for page, _, _ in STEPS):
        async with Session(url) as session:
            await session.open(page, f"run={run_id}")
            # What a layout draws for the first time is compiled.
            await session.move(session.named("epoch"), "epoch 5")
            for key, values in ((key, values) for of, key, values in STEPS if of == page):
                found[f"{page}: {key}"] = [await session.move(session.named(key), value) for value in values]
            if session.errors:
                raise RuntimeError(", ".join(session.errors))
    return found


def table(found: dict[str, dict[str, list[Took]]]) -> str:
    """The figures as a Markdown table; medians and the slowest, in milliseconds."""
    names = [f"{network}, {what}" for network in found for what in ("first picture", "whole")]
    lines = [f"| control | {' | '.join(names)} |", "| --- |" + " ---: |" * len(names)]
    for control in next(iter(found.values())):
        cells = []
        for of in found.values():
            for each in ([took.picture or took.end for took in of[control]], [took.end for took in of[control]]):
                ordered = sorted(each)
                cells.append(f"{1000 * ordered[len(ordered) // 2]:.0f} ({1000 * ordered[-1]:.0f})")
        lines.append(f"| {control} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    """Prints a table."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server is ended
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder))
        try:
            ids = site.train(list(NETWORKS.values()), "tape_scan", "Sliders")
            time.sleep(SETTLE_SECONDS)
            found = {
                name: asyncio.run(measured(site.server.url, run_id)) for name, run_id in zip(NETWORKS, ids, strict=True)
            }
        finally:
            site.close()
    print(table(found))
    slow = [
        f"{control} ({name})"
        for name, of in found.items()
        for control, tooks in of.items()
        if max(took.picture or took.end for took in tooks) > LIMIT
    ]
    print(f"Over {1000 * LIMIT:.0f} ms to the first picture: {', '.join(slow) or 'none'}.")


if __name__ == "__main__":
    main()
