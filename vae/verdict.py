"""Whether runs did the same, in a sentence, and why not."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from vae import curves
from vae.comparison import Groups
from vae.config import EXECUTION, RunConfig
from vae.names import loop_title
from vae.replicates import Interval, paired_difference
from vae.runs import Metrics, Run
from vae.settings import field_words

# Further apart than this share of the loss, or this where the loss is below 1, are two trainings, not two roundings.
ROUNDING = 1e-4
IDENTICAL = "Identical to the last bit"
REASONS = {
    "seed": "another seed gives other first weights, another shuffle and other noise",
    "weights_shift": "different first weights",
    "order_shift": "different shuffle",
    "noise_shift": "different noise",
}


def verdict(groups: Groups, metrics: Mapping[str, Metrics], escape: Callable[[str], str] = str) -> str:
    """Whether the runs did the same, in a sentence.

    Args:
        groups: two lines or more, or replicates of one.
        metrics: of every run, by its id.
        escape: makes a line's name harmless where the sentence is shown.
    """
    (first, reference), *others = groups.items()
    if not others:
        return _spread(reference, metrics)
    said = {name: _pair(reference, runs, metrics) for name, runs in others}
    same = [name for name, sentence in said.items() if sentence.startswith(IDENTICAL)]
    if len(same) == len(said):
        return next(iter(said.values()))
    if len(said) == 1:
        return f"They {next(iter(said.values()))}"
    alike = [f"{' and '.join(escape(name) for name in [first, *same])}: {said[same[0]].lower()}"] if same else []
    return " ".join(alike + [f"{escape(name)} and {escape(first)} {said[name]}" for name in said if name not in same])


def _pair(reference: Sequence[Run], runs: Sequence[Run], metrics: Mapping[str, Metrics]) -> str:
    """The end of a sentence about two lines."""
    pairs = list(zip(reference, runs, strict=False))
    found = [curves.loss_difference(metrics[a.id], metrics[b.id]) for a, b in pairs]
    seeds = f" with each of {len(pairs)} seeds" if len(pairs) > 1 else ""
    first = min((d.first_step for d in found if d.first_step is not None), default=None)
    if first is None:
        return f"{IDENTICAL} for {min(d.steps for d in found):,} steps{seeds}."
    start = "from the first step on" if first == 0 else f"from step {first:,} on"
    largest = max(d.largest for d in found)
    scale = max(1.0, *(float(np.abs(metrics[a.id].loss).max()) for a, _ in pairs))
    why = _reason([a for a, _ in pairs] + [b for _, b in pairs], largest / scale)
    return f"differ {start}, by at most {largest:.2g} in the loss of one step{seeds}: {why}."


def _spread(runs: Sequence[Run], metrics: Mapping[str, Metrics]) -> str:
    last = [curves.epoch_losses(metrics[run.id])[-1]["loss"] for run in runs]
    return f"Over {len(last)} seeds the last epoch's loss lies between {min(last):.5f} and {max(last):.5f}."


def _reason(runs: Sequence[Run], largest: float) -> str:
    differing = [name for name in RunConfig.model_fields if len({getattr(run.config, name) for run in runs}) > 1]
    # Replicates differ in their seed too, but each is compared with its own.
    causes = [name for name in differing if name not in EXECUTION and not (name == "seed" and _paired(runs))]
    if causes:
        return ", ".join(REASONS.get(name, f"different {field_words(name)}") for name in causes)
    if largest > ROUNDING:
        return "the same settings, but not the same training, which should not be"
    loops = {run.loop for run in runs}
    if "tape_eager" in loops:
        return "the same training, rounded differently, because eager operations are not fused"
    if "tape_scan" in loops:
        return "the same training, rounded differently, because XLA sums in another order"
    return "the same training, rounded differently"


def _paired(runs: Sequence[Run]) -> bool:
    half = len(runs) // 2
    return all(a.config.seed == b.config.seed for a, b in zip(runs[:half], runs[half:], strict=True))


def paired_words(groups: Groups, metrics: Mapping[str, Metrics]) -> list[str]:
    """Of each line against the first: the paired difference of the last epoch's loss over the seeds, in a sentence."""
    (_, reference), *others = groups.items()

    def last(runs: Sequence[Run]) -> list[float]:
        return [curves.epoch_losses(metrics[run.id])[-1]["loss"] for run in runs]

    if len(reference) < 2:
        return []
    found = {
        loop_title(runs[0]): paired_difference(last(reference), last(runs))
        for _, runs in others
        if len(runs) == len(reference)
    }
    return [
        f"{title} minus {loop_title(reference[0])}, last epoch's loss paired by seed: {_interval(difference)}."
        for title, difference in found.items()
        if difference.mean or difference.high > difference.low
    ]


def _interval(found: Interval) -> str:
    return f"{found.mean:.2g} (95 % interval from {found.low:.2g} to {found.high:.2g}, {found.n} seeds)"
