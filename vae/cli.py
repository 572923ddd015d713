"""The terminal: `python -m vae train`, `race`, `evaluate`, `runs` and `presets`, on the same record as the app."""

import json
import os
import signal
import sys
import threading
from datetime import datetime
from importlib import import_module
from types import ModuleType
from typing import Annotated

import psutil
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from vae.config import PRESETS, ConfigError, RunConfig, parse_config
from vae.data import DataError
from vae.jobs.local import MAX_SEEDS, reap
from vae.loops import LOOPS
from vae.report import closing_lines, compare, log_lines, race_lines, report, settings_table
from vae.runs import Run, Store, StoreError, open_store, weights
from vae.runs.run import is_id, new_id

app = typer.Typer(
    help="Train the tutorial's variational autoencoder in several ways and compare them.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
runs_app = typer.Typer(help="The recorded runs.", rich_markup_mode=None)
app.add_typer(runs_app, name="runs")

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
    except (typer.TyperException, UsageError, ConfigError, StoreError, DataError, weights.WeightsError) as error:
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
    run = _train(record, config, _loop(loop), name or PRESETS[preset].title, None)
    if as_json:
        print(json.dumps(report(record, run)))
    else:
        print("\n".join(log_lines(record.metrics(run.id), run) + closing_lines(run)))
    return _status(run)


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
    if not (seeds.isdecimal() and len(seeds) < 4 and 1 <= int(seeds) <= MAX_SEEDS):
        raise UsageError(f"--seeds {seeds:.60} is not possible: it must be a whole number from 1 to {MAX_SEEDS}.")
    record = open_store()
    race_id = new_id()
    races: list[list[Run]] = []
    for number in range(int(seeds)):
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
def evaluate(run_id: RunId, as_json: Json = False) -> None:
    """Test a trained run once more on the test images."""
    record = open_store()
    run = _find(record, run_id)
    training = _training()
    kept = weights.steps(record.weights_folder(run.id))
    if not kept:
        raise UsageError(f"The run {run.id} has no weights yet; train it first.")
    figures = training.evaluate(training.load_model(record, run, kept[-1]), training.data.load(run.config.dataset))
    print(json.dumps(figures) if as_json else "\n".join(f"{name}: {value}" for name, value in figures.items()))


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


@runs_app.command("delete")
def delete_run(run_id: RunId) -> None:
    """Delete a run with its metrics and weights."""
    record = open_store()
    reap(record)
    record.delete(_find(record, run_id).id)


def _train(record: Store, config: RunConfig, loop: str, name: str, race_id: str | None) -> Run:
    training = _training()
    run_id = record.create(config, loop, name, race_id)
    me = psutil.Process()
    record.claim(run_id, me.pid, me.create_time())
    stopping = threading.Event()
    before = signal.signal(signal.SIGINT, lambda *_: stopping.set())
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.0f} of {task.total:.0f} steps, {task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    try:
        with Progress(*columns, console=Console(stderr=True)) as bar:
            task = bar.add_task(f"{name}, {loop}", total=config.steps, rate="starting")

            def progress(step: int, loss: float) -> None:
                speed = bar.tasks[0].speed
                bar.update(task, completed=step, rate=f"{speed:.0f} a second" if speed else "starting")

            run = training.train(record, run_id, stopping, progress)
    finally:
        signal.signal(signal.SIGINT, before)
    if run.error:
        print(run.error, file=sys.stderr)
    return run


def _training() -> ModuleType:
    """Imports `vae.training`, and TensorFlow with it, whose C++ part greets on file descriptor 2 whatever one sets."""
    terminal = os.dup(2)
    with open(os.devnull, "w") as silence:
        os.dup2(silence.fileno(), 2)
    try:
        return import_module("vae.training")
    finally:
        os.dup2(terminal, 2)
        os.close(terminal)


def _config(preset: str, settings: list[str] | None) -> RunConfig:
    if preset not in PRESETS:
        raise UsageError(f"--preset {preset} is not possible: it must be one of {', '.join(PRESETS)}.")
    values = {}
    for setting in settings or []:
        name, sign, value = setting.partition("=")
        if not sign:
            raise UsageError(f"--set {setting} is not possible: it must look like epochs=3.")
        values[name.strip()] = value.strip()
    return parse_config(values, PRESETS[preset].config)


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
    return {"finished": 0, "stopped": 130}.get(run.state, 1)


def _fail(sentence: str) -> None:
    print(sentence, file=sys.stderr)
    sys.exit(2)
