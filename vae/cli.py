"""The terminal: `python -m vae train`, `race`, `evaluate`, `runs` and `presets`, on the same record as the app."""

import json
import sys
import threading
from typing import Annotated

import typer

from vae import cli_runs, foreground
from vae.config import RunConfig
from vae.console import progress_bar, quiet_import
from vae.data import DataError, check, entry
from vae.exports.files import ExportError
from vae.foreground import Json, RunId, UsageError
from vae.jobs.likelihood import MAX_IMAGES, MAX_SAMPLES, why_not, work
from vae.jobs.local import MAX_SEEDS
from vae.loops import LOOPS
from vae.presets import PRESETS
from vae.report import compare, likelihood_report, race_lines, settings_table
from vae.runs import Run, Store, StoreError, open_store, weights
from vae.runs.archive import BundleError
from vae.runs.likelihoods import Estimate
from vae.runs.run import new_id
from vae.settings import ConfigError, parse_config

app = typer.Typer(
    help="Train the tutorial's variational autoencoder in several ways and compare them.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(cli_runs.app, name="runs")

Preset = Annotated[str, typer.Option("--preset", help="Settings to start from; see `presets`.")]
Settings = Annotated[list[str] | None, typer.Option("--set", help="One setting as NAME=VALUE; may be repeated.")]
# Errors whose message is a sentence for whoever typed.
SAID = (UsageError, ConfigError, StoreError, DataError, ExportError, BundleError, weights.WeightsError)


def main() -> None:
    """Runs the command line. Bad input: one sentence on stderr and exit status 2; a failed training: 1."""
    try:
        sys.exit(app(standalone_mode=False) or 0)
    except (typer.TyperException, *SAID) as error:
        _fail(str(error))
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(130)


@app.command()
def train(
    preset: Preset = "tutorial",
    loop: Annotated[str, typer.Option(help=f"One of {', '.join(LOOPS)}.")] = "tape",
    set_: Settings = None,
    name: Annotated[str, typer.Option(help="A name for the run.")] = "",
    as_json: Json = False,
) -> int:
    """Train one run in the foreground, into the same record as the app."""
    config = _config(preset, set_)
    record = open_store()
    return foreground.tell(
        record, foreground.begin(record, config, _loop(loop), name or PRESETS[preset].title, None), as_json
    )


@app.command()
def race(
    preset: Preset = "tutorial",
    loops: Annotated[str, typer.Option(help="Two or more loops, separated by commas.")] = "tape,fit",
    set_: Settings = None,
    seeds: Annotated[str, typer.Option(help=f"Repeat the race with so many seeds, up to {MAX_SEEDS}.")] = "1",
    as_json: Json = False,
) -> int:
    """Train the same settings by several loops, one after the other, and compare them."""
    config = _config(preset, set_)
    names = [_loop(name.strip()) for name in loops.split(",")]
    if len(set(names)) < 2 or len(set(names)) < len(names):
        raise UsageError(
            f"--loops {loops} is not possible: it must name two or more different loops of {', '.join(LOOPS)}."
        )
    repeats = _count("--seeds", seeds, MAX_SEEDS)
    record = open_store()
    race_id = new_id()
    races: list[list[Run]] = []
    for number in range(repeats):
        races.append([])
        for loop in names:
            races[-1].append(foreground.begin(record, config.replicate(number), loop, PRESETS[preset].title, race_id))
            if races[-1][-1].state == "stopped":
                return _told(record, races[:-1] or races, as_json, 130)
    return _told(record, races, as_json, max(foreground.status(run) for race in races for run in race))


def _told(record: Store, races: list[list[Run]], as_json: bool, status: int) -> int:
    result = compare(record, races)
    print(json.dumps(result) if as_json else "\n".join(race_lines(result)))
    return status


@app.command()
def evaluate(
    run_id: RunId,
    samples: Annotated[
        str, typer.Option(help=f"Estimate the likelihood, with so many codes an image, up to {MAX_SAMPLES}.")
    ] = "",
    images: Annotated[str, typer.Option(help=f"Of how many test images, up to {MAX_IMAGES}.")] = "1000",
    epoch: Annotated[str, typer.Option(help="After which epoch; 0 is before training. The last one if left out.")] = "",
    as_json: Json = False,
) -> int:
    """Test a trained run once more on the test images; with --samples, estimate their likelihood."""
    count = _count("--images", images, MAX_IMAGES)
    codes = _count("--samples", samples, MAX_SAMPLES) if samples else 0
    record = open_store()
    run = foreground.find(record, run_id)
    kept = weights.steps(record.weights_folder(run.id))
    if not kept:
        raise UsageError(f"The run {run.id} has no weights yet; train it first.")
    step = _step(run, kept, epoch) if epoch else kept[-1]
    if codes and (reason := why_not(run)):
        raise UsageError(reason)
    count = min(count, entry(run.config.dataset).test_images)
    training = quiet_import("vae.training")
    if codes:
        found = _estimate(record, run, step, codes, count)
        figures, status = likelihood_report(run, found), 0 if found.state == "finished" else 130
    else:
        dataset = training.data.as_inputs(training.data.load(run.config.dataset), run.config.inputs)
        figures, status = training.evaluate(training.load_model(record, run, step), dataset), 0
    print(json.dumps(figures) if as_json else "\n".join(f"{name}: {value}" for name, value in figures.items()))
    return status


@app.command()
def presets() -> None:
    """List the presets and what they differ in from the tutorial's settings."""
    for key, preset in PRESETS.items():
        changed = {k: v for k, v in preset.config.model_dump().items() if v != getattr(RunConfig(), k)}
        print(f"{key}: {preset.title}. {preset.comment}")
        print("    " + (" ".join(f"{k}={v}" for k, v in changed.items()) or "the defaults"))


@app.command()
def settings() -> None:
    """List the settings that `--set` takes, as a Markdown table."""
    print(settings_table())


def _estimate(record: Store, run: Run, step: int, samples: int, images: int) -> Estimate:
    stopping = threading.Event()
    with progress_bar(f"{run.name}, likelihood", "images", images, stopping) as show:
        return work(record, run, step, samples, images, stopping, show)


def _count(flag: str, text: str, most: int) -> int:
    if text.isdecimal() and len(text) < 8 and 1 <= int(text) <= most:
        return int(text)
    raise UsageError(f"{flag} {text:.60} is not possible: it must be a whole number from 1 to {most}.")


def _step(run: Run, kept: list[int], epoch: str) -> int:
    """The optimizer steps done after an epoch of which there are weights."""
    each = run.config.steps_per_epoch
    epochs = {str(step // each): step for step in kept if step % each == 0}
    if epoch not in epochs:
        raise UsageError(
            f"--epoch {epoch:.60} is not possible: the run has weights of the epochs {', '.join(epochs):.200}."
        )
    return epochs[epoch]


def _config(preset: str, settings: list[str] | None) -> RunConfig:
    if preset not in PRESETS:
        raise UsageError(f"--preset {preset} is not possible: it must be one of {', '.join(PRESETS)}.")
    values = {}
    for setting in settings or []:
        name, sign, value = setting.partition("=")
        if not sign:
            raise UsageError(f"--set {setting} is not possible: it must look like epochs=3.")
        values[name.strip()] = value.strip()
    config = parse_config(values, PRESETS[preset].config)
    check(config)
    return config


def _loop(name: str) -> str:
    if name not in LOOPS:
        raise UsageError(f"loop {name} is not possible: it must be one of {', '.join(LOOPS)}.")
    return name


def _fail(sentence: str) -> None:
    print(sentence, file=sys.stderr)
    sys.exit(2)
