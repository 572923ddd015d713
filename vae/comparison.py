"""Several runs beside each other: their curves, how far they are apart, and how fast each one is."""

from collections.abc import Mapping, Sequence

import numpy as np

from vae import curves
from vae.curve_figures import Curve, Panel
from vae.replicates import band
from vae.runs import Metrics, Run

DIFFERENCE_HEIGHT = 170
RATE_HEIGHT = 170
CURVE_HEIGHT = 420
# Each dot is an element of its own to the browser, where a line is one.
DOTS = 600

# The runs that one line stands for: one, or the replicates that differ only in their seed.
Groups = Mapping[str, Sequence[Run]]


def replicates(runs: Sequence[Run]) -> list[list[Run]]:
    """The runs in groups that differ only in their seed, each in the order of the seeds.

    A second run of the same seed is no replicate, and begins another group.
    """
    groups: dict[tuple, list[Run]] = {}
    for run in runs:
        settings = (run.loop, *run.config.model_copy(update={"seed": 0}).model_dump().values())
        again = 0
        while any(mate.config.seed == run.config.seed for mate in groups.get((again, *settings), [])):
            again += 1
        groups.setdefault((again, *settings), []).append(run)
    return [sorted(group, key=lambda run: run.config.seed) for group in groups.values()]


def even_replicates(runs: Sequence[Run]) -> list[list[Run]]:
    """The runs as `replicates` groups them, if every group has as many; else each alone, to be a line of its own."""
    groups = replicates(runs)
    return groups if len({len(group) for group in groups}) == 1 else [[run] for run in runs]


def curve_panel(
    groups: Groups, metrics: Mapping[str, Metrics], term: str, view: str, title: str, log: bool, printed: Curve | None
) -> Panel:
    """The curves themselves; of several replicates their mean, and their range as a band.

    Args:
        groups: the runs of each line, by its name.
        metrics: of every run, by its id.
        term: a field of `Metrics`: loss, reconstruction or kl.
        view: a key of `curves.VIEWS`.
        title: of the vertical axis.
        log: whether that axis is logarithmic.
        printed: values to mark as points.
    """
    transform = curves.VIEWS[view].transform
    lines = []
    for name, runs in groups.items():
        seen = [transform(metrics[run.id], getattr(metrics[run.id], term)) for run in runs]
        steps = min((metrics[run.id].step for run in runs), key=len)
        mean, low, high = band(seen)
        edges = (low, high) if len(runs) > 1 else (None, None)
        lines.append(Curve(name, steps, mean, *edges))
    return Panel(title, lines, CURVE_HEIGHT, log, printed=printed)


def difference_panel(groups: Groups, metrics: Mapping[str, Metrics], term: str) -> Panel | None:
    """How far each line is from the first in every step's own value, on a logarithmic axis; None if nowhere.

    Replicates are compared seed by seed, and the largest difference counts.
    """
    (_, reference), *others = groups.items()
    lines: list[Curve | None] = [None]
    for name, runs in others:
        pairs = [
            (getattr(metrics[a.id], term), getattr(metrics[b.id], term)) for a, b in zip(reference, runs, strict=False)
        ]
        steps = min(len(values) for pair in pairs for values in pair)
        apart = np.max([np.abs(a[:steps] - b[:steps]) for a, b in pairs], axis=0)
        top = curves.peaks(apart, DOTS)
        # A logarithmic axis has no place for 0: there is a gap where no step of a stretch differs.
        drawn = np.where(top > 0, top, np.nan)
        kept = curves.thin(steps, DOTS)
        lines.append(Curve(name, kept, drawn[kept]) if apart.any() else None)
    return Panel("|difference|", lines, DIFFERENCE_HEIGHT, log=True, format=".1e", dots=True) if any(lines) else None


def rate_panel(groups: Groups, metrics: Mapping[str, Metrics]) -> Panel:
    """How fast each line's first run went as it went along: the start is slow where something is compiled."""
    rates = {name: curves.throughput(metrics[runs[0].id]) for name, runs in groups.items()}
    # To four digits: an even speed differs in its last ones, and an axis would show them all.
    lines = [
        Curve(name, steps, np.array([float(f"{value:.4g}") for value in rate])) for name, (steps, rate) in rates.items()
    ]
    return Panel("steps a second", lines, RATE_HEIGHT, format=",.4~r")
