"""A run or a race, told as JSON for programs or as text for people."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from vae import curves
from vae.config import RunConfig
from vae.data import test_images_seen
from vae.proof import Proof, prove
from vae.replicates import Interval, interval, paired_difference
from vae.runs import Metrics, Run, Store
from vae.runs.likelihoods import Estimate
from vae.settings import allowed

# How a model sees the images that it is tested on.
SEEN_AS = {
    "grey": "in grey",
    "dynamic": "drawn in black and white once",
    "threshold": "in black and white, cut at one half",
}


def report(record: Store, run: Run) -> dict[str, Any]:
    """A run as `train --json` prints it."""
    metrics = record.metrics(run.id)
    return {
        "run": run.id,
        "status": run.state,
        "loop": run.loop,
        "seconds": float(metrics.seconds[-1]) if len(metrics.seconds) else 0.0,
        "steps": len(metrics.step),
        "epochs": curves.epoch_losses(metrics),
        "running_mean": curves.tutorial_log(metrics),
        "test": run.result,
        **({"error": run.error} if run.error else {}),
    }


def likelihood_report(run: Run, found: Estimate) -> dict[str, Any]:
    """An estimate of the likelihood as `evaluate --samples` prints it."""
    told: dict[str, Any] = {"run": run.id, "status": found.state, "samples": found.samples, "images": found.done}
    if found.done:
        told |= {"nll": found.nll, "standard_error": found.standard_error}
    return told | {"protocol": protocol(run, found)}


def protocol(run: Run, found: Estimate) -> str:
    """How an estimate was made, in a sentence."""
    return (
        f"Importance sampling with {found.samples:,} codes for each of {found.done:,} test images of "
        f"{run.config.dataset}, {seen_as(run.config, found.done)}, after {found.step:,} steps; nats an image."
    )


def seen_as(config: RunConfig, images: int) -> str:
    """How a model sees the first `images` test images, and whether it was trained on them: "in grey"."""
    trained = min(test_images_seen(config), images)
    if not trained:
        return SEEN_AS[config.inputs]
    share = "all" if trained == images else f"the first {trained:,}"
    return f"{SEEN_AS[config.inputs]}, {share} of which it was trained on"


def compare(record: Store, races: Sequence[Sequence[Run]]) -> dict[str, Any]:
    """Races as `race --json` prints them; a figure is null where the runs cannot be compared.

    Args:
        record: where the runs are.
        races: for each seed the runs of one race, the loops in the same order.
    """
    metrics = [[record.metrics(run.id) for run in race] for race in races]
    told: dict[str, Any] = {"runs": _by_loop(races[0], [run.id for run in races[0]])}
    proofs = []
    if all(run.state == "finished" for race in races for run in race):
        proofs = [
            [prove(record, race[0], run, of_race[0], of_run) for run, of_run in zip(race[1:], of_race[1:], strict=True)]
            for race, of_race in zip(races, metrics, strict=True)
        ]
    every = [proof for of_race in proofs for proof in of_race]
    told["max_abs_loss_difference"] = max((proof.loss.largest for proof in every), default=None)
    told["max_abs_weight_difference"] = max((proof.largest_weight or 0.0 for proof in every), default=None)
    rates = np.median([[curves.steps_per_second(m) for m in of_race] for of_race in metrics], axis=0)
    told["steps_per_second"] = _by_loop(races[0], [_number(rate) for rate in rates])
    told["differences"] = _by_loop(races[0][1:], [_difference(proof) for proof in proofs[0]]) if proofs else {}
    if len(races) > 1 and proofs:
        last = [[curves.epoch_losses(m)[-1]["loss"] for m in of_race] for of_race in metrics]
        first, *others = zip(*last, strict=True)
        told["replicates"] = {
            "seeds": [race[0].config.seed for race in races],
            "runs": [_by_loop(race, [run.id for run in race]) for race in races],
            "last_epoch_loss": _by_loop(races[0], [_interval(interval(of_loop)) for of_loop in (first, *others)]),
            "paired_difference": _by_loop(races[0][1:], [_interval(paired_difference(first, o)) for o in others]),
        }
    return told


def _by_loop(race: Sequence[Run], values: Sequence[Any]) -> dict[str, Any]:
    return {run.loop: value for run, value in zip(race, values, strict=True)}


def _difference(proof: Proof) -> dict[str, Any]:
    return {
        "steps": proof.loss.steps,
        "first_differing_step": proof.loss.first_step,
        "max_abs_loss": proof.loss.largest,
        "max_abs_weight": [[step, difference] for step, difference in proof.weights],
    }


def _interval(found: Interval) -> dict[str, Any]:
    return {"mean": found.mean, "low": _number(found.low), "high": _number(found.high), "n": found.n}


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def race_lines(told: dict[str, Any]) -> list[str]:
    """What `compare` found, as text."""
    rates = told["steps_per_second"]
    lines = [f"{loop}: run {run}, {rates[loop] or 0:.0f} steps a second" for loop, run in told["runs"].items()]
    first = next(iter(told["runs"]))
    for loop, found in told["differences"].items():
        at = found["first_differing_step"]
        lines.append(
            f"{first} and {loop}: identical to the last bit for {found['steps']} steps"
            if at is None
            else f"{first} and {loop}: differ from step {at} on, by at most {found['max_abs_loss']:.2g} in a loss"
        )
        weights = ", ".join(f"{difference:.2g} after step {step}" for step, difference in found["max_abs_weight"])
        lines.append(f"    largest difference of a weight: {weights}")
    for loop, found in told.get("replicates", {}).get("last_epoch_loss", {}).items():
        lines.append(f"{loop}: last epoch's loss over {found['n']} seeds {_words(found)}")
    for loop, found in told.get("replicates", {}).get("paired_difference", {}).items():
        lines.append(f"{loop} - {first}, paired by seed: {_words(found)}")
    return lines


def _words(found: dict[str, Any]) -> str:
    return f"{found['mean']:.3g}, 95 % interval {found['low']:.3g} to {found['high']:.3g}"


def log_lines(metrics: Metrics, run: Run) -> list[str]:
    """A run as text: the tape's log or Keras's, then the test figures."""
    lines = []
    if run.loop == "fit":
        for number, means in enumerate(curves.epoch_losses(metrics), 1):
            lines += [f"Epoch {number}/{run.config.epochs}", f"loss: {means['loss']:.4f}"]
    else:
        for epoch, step, mean in curves.tutorial_log(metrics):
            lines += [f"Start of epoch {epoch}"] if step == 0 else []
            lines.append(f"step {step}: mean loss = {mean:.4f}")
    return lines


def settings_table() -> str:
    """All settings with their defaults and limits, as a Markdown table."""
    rows = [
        f"| `{name}` | {field.title} | {field.default} | {allowed(name)} | {field.description} |"
        for name, field in RunConfig.model_fields.items()
    ]
    return "\n".join(
        ["| setting | label | default | allowed | what it does |", "| --- | --- | --- | --- | --- |", *rows]
    )


def closing_lines(run: Run) -> list[str]:
    """How a run ended, as text."""
    told = []
    if run.result:
        seen = seen_as(run.config, run.result["images"])
        told = [f"Test error {run.result['reconstruction']:.4f} a pixel on images {seen}. {run.result['verdict']}"]
    return [*told, f"Run {run.id} {run.state}."]
