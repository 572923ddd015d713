"""The terminal: `python -m vae train`, `race`, `evaluate`, `runs` and `presets`, on the same record as the app."""

import json
import sys
import threading
import time
from datetime import datetime
from pathlib import Path
from typing import Annotated

import psutil
import typer

from vae import requests
from vae.access import TERMINAL
from vae.config import RunConfig
from vae.console import progress_bar, quiet_import
from vae.data import DataError, check, entry
from vae.exports import commands
from vae.jobs.likelihood import MAX_IMAGES, MAX_SAMPLES, why_not, work
from vae.jobs.local import MAX_SEEDS, reap
from vae.jobs.processes import born
from vae.loops import LOOPS
from vae.presets import PRESETS
from vae.report import closing_lines, compare, likelihood_report, log_lines, race_lines, report, settings_table
from vae.runs import Run, Store, StoreError, location, open_store, weights
from vae.runs.likelihoods import Estimate
from vae.runs.repair import repair
from vae.runs.run import is_id, new_id
from vae.settings import ConfigError, parse_config

app = typer.Typer(
    help="Train the tutorial's variational autoencoder in several ways and compare them.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
runs_app = typer.Typer(help="The recorded runs.", rich_markup_mode=None)
app.add_typer(runs_app, name="runs")

TURN_SECONDS = 0.2

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line of stdout.")]
Preset = Annotated[str, typer.Option("--preset", help="Settings to start from; see `presets`.")]
Settings = Annotated[list[str] | None, typer.Option("--set", help="One setting as NAME=VALUE; may be repeated.")]
RunId = Annotated[str, typer.Argument(metavar="RUN", help="A run's id, or the first digits of it.")]


class UsageError(RuntimeError):
    """Bad input on the command line; the message is one sentence."""


def main() -> None:
    """Runs the command line. Bad input: one sentence on stderr and exit status 2; a failed training: 1."""
    try:
        sys.exit(app(standalone_mode=False) or 0)
    except (typer.TyperException, UsageError, ConfigError, StoreError, DataError, *commands.ERRORS) as error:
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
    return _finished(record, _train(record, config, _loop(loop), name or PRESETS[preset].title, None), as_json)


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
            races[-1].append(_train(record, config.replicate(number), loop, PRESETS[preset].title, race_id))
            if races[-1][-1].state == "stopped":
                return _told(record, races[:-1] or races, as_json, 130)
    return _told(record, races, as_json, max(_status(run) for race in races for run in race))


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
    run = _find(record, run_id)
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


@runs_app.callback(invoke_without_command=True)
def runs_default(context: typer.Context) -> None:
    """List the runs if no command is given."""
    if context.invoked_subcommand is None:
        list_runs()


@runs_app.command("list")
def list_runs() -> None:
    """List the runs, the newest first."""
    record = open_store()
    reap(record)
    for run in record.newest():
        created = datetime.fromtimestamp(run.created).strftime("%Y-%m-%d %H:%M")
        print(f"{run.id}  {created}  {run.state:8}  {run.loop:10}  {run.step:>7} of {run.config.steps:<7}  {run.name}")


@runs_app.command("show")
def show_run(run_id: RunId) -> None:
    """Print a run's settings, state and figures as JSON."""
    record = open_store()
    run = _find(record, run_id)
    print(
        json.dumps({**report(record, run), "config": run.config.model_dump(), "environment": run.environment}, indent=2)
    )


@runs_app.command("resume")
def resume_run(run_id: RunId, as_json: Json = False) -> int:
    """Go on with a stopped, paused, lost or failed run in the foreground, from its newest checkpoint."""
    record = open_store()
    reap(record)
    run = _find(record, run_id)
    quiet_import("vae.training")
    record.resume(run.id)
    return _finished(record, _work(record, run), as_json)


@runs_app.command("delete")
def delete_run(run_id: RunId) -> None:
    """Delete a run with its metrics and weights."""
    record = open_store()
    reap(record)
    requests.delete(TERMINAL, record, _find(record, run_id).id)


@runs_app.command("repair")
def repair_runs() -> None:
    """Check the database of runs; if it is damaged, keep what can be read of it."""
    print("\n".join(repair(*location())))


@runs_app.command("snapshot")
def snapshot_runs(
    run_ids: Annotated[list[str], typer.Argument(metavar="RUN...", help="Runs' ids, or the first digits of them.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The page to write, such as race.html.")],
) -> None:
    """Write runs as one HTML file that works from disk: curves, reconstructions, latent map and a live decoder."""
    record = open_store()
    runs = [_find(record, run_id) for run_id in run_ids]
    made = quiet_import("vae.snapshot")
    quiet_import("vae.training")
    try:
        page = made.snapshot(record, runs)
        file.write_bytes(page)
    except made.SnapshotError as error:
        raise UsageError(str(error)) from None
    except OSError as error:
        raise UsageError(f"The file {file} cannot be written: {error.strerror}.") from None
    print(f"{file}: {len(page) / 1e6:.1f} MB. Open it in a browser.")


def _train(record: Store, config: RunConfig, loop: str, name: str, race_id: str | None) -> Run:
    _await_turn(record)
    me = psutil.Process()
    return _work(record, record.get(record.create(config, loop, name, race_id, owner=(me.pid, born(me)))))


def _work(record: Store, run: Run) -> Run:
    """Trains a run that this process owns."""
    stopping = threading.Event()
    with progress_bar(f"{run.name}, {run.loop}", "steps", run.config.steps, stopping) as show:
        # Not sooner: the import would take time from the training that this one waits for.
        training = quiet_import("vae.training")
        run = training.train(record, run.id, stopping, lambda step, loss: show(step))
    if run.error:
        print(run.error, file=sys.stderr)
    return run


def _await_turn(record: Store) -> None:
    """Waits while another run trains, so that neither slows the other down; Control-C gives up."""
    told = False
    while True:
        reap(record)
        running = record.newest(("running",))
        if not running:
            return
        if not told:
            print(
                f"Waiting for {running[0].name} ({running[0].loop}): this machine trains one run at a time. "
                "Control-C gives up.",
                file=sys.stderr,
            )
        told = True
        time.sleep(TURN_SECONDS)


def _finished(record: Store, run: Run, as_json: bool) -> int:
    lines = log_lines(record.metrics(run.id), run) + closing_lines(run)
    print(json.dumps(report(record, run)) if as_json else "\n".join(lines))
    return _status(run)


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


def _find(record: Store, run_id: str) -> Run:
    if is_id(run_id):
        return record.get(run_id)
    found = [run for run in record.newest() if run_id and run.id.startswith(run_id)]
    if len(found) != 1:
        raise UsageError(
            f"{run_id!r:.60} is the beginning of {len(found)} runs' ids; give more of it, see `runs list`."
        )
    return found[0]


def _status(run: Run) -> int:
    return {"finished": 0, "stopped": 130, "paused": 130}.get(run.state, 1)


def _fail(sentence: str) -> None:
    print(sentence, file=sys.stderr)
    sys.exit(2)


commands.add(runs_app, _find)
