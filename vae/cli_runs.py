"""The terminal's `python -m vae runs ...`: what is in the record, and taking runs away and bringing them in."""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from vae import foreground, requests
from vae.access import TERMINAL
from vae.console import quiet_import
from vae.exports import code, files
from vae.foreground import Json, RunId
from vae.jobs.local import reap
from vae.report import report
from vae.runs import location, open_store
from vae.runs.repair import repair

app = typer.Typer(help="The recorded runs.", rich_markup_mode=None)


@app.callback(invoke_without_command=True)
def runs_default(context: typer.Context) -> None:
    """List the runs if no command is given."""
    if context.invoked_subcommand is None:
        list_runs()


@app.command("list")
def list_runs() -> None:
    """List the runs, the newest first."""
    record = open_store()
    reap(record)
    for run in record.newest():
        created = datetime.fromtimestamp(run.created).strftime("%Y-%m-%d %H:%M")
        print(f"{run.id}  {created}  {run.state:8}  {run.loop:10}  {run.step:>7} of {run.config.steps:<7}  {run.name}")


@app.command("show")
def show_run(run_id: RunId) -> None:
    """Print a run's settings, state and figures as JSON."""
    record = open_store()
    run = foreground.find(record, run_id)
    print(
        json.dumps({**report(record, run), "config": run.config.model_dump(), "environment": run.environment}, indent=2)
    )


@app.command("resume")
def resume_run(run_id: RunId, as_json: Json = False) -> int:
    """Go on with a stopped, paused, lost or failed run in the foreground, from its newest checkpoint."""
    record = open_store()
    return foreground.tell(record, foreground.go_on(record, foreground.find(record, run_id).id), as_json)


@app.command("delete")
def delete_run(run_id: RunId) -> None:
    """Delete a run with its metrics and weights."""
    record = open_store()
    reap(record)
    requests.delete(TERMINAL, record, foreground.find(record, run_id).id)


@app.command("repair")
def repair_runs() -> None:
    """Check the database of runs; if it is damaged, keep what can be read of it."""
    print("\n".join(repair(*location())))


@app.command("snapshot")
def snapshot_runs(
    run_ids: Annotated[list[str], typer.Argument(metavar="RUN...", help="Runs' ids, or the first digits of them.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The page to write, such as race.html.")],
) -> None:
    """Write runs as one HTML file that works from disk: curves, reconstructions, latent map and a live decoder."""
    record = open_store()
    runs = [foreground.find(record, run_id) for run_id in run_ids]
    made = quiet_import("vae.snapshot")
    quiet_import("vae.training")
    try:
        page = made.snapshot(record, runs)
    except made.SnapshotError as error:
        raise foreground.UsageError(str(error)) from None
    files.write(file, page)
    print(f"{file}: {len(page) / 1e6:.1f} MB. Open it in a browser.")


@app.command("export")
def export_run(
    run_id: RunId,
    file: Annotated[Path, typer.Argument(help=f"Its ending says as what: {', '.join(files.ENDINGS)}.")],
) -> None:
    """Write a run as a bundle, code, metrics or weights."""
    record = open_store()
    files.export_run(record, foreground.find(record, run_id), file)
    print(file)


@app.command("import")
def import_run(file: Annotated[Path, typer.Argument(help="A bundle, as `runs export` writes it.")]) -> None:
    """Take a bundle's run into the record, and print its id."""
    print(files.import_run(open_store(), file))


@app.command("script")
def script(
    run_id: RunId,
    file: Annotated[Path | None, typer.Argument(help="A .py or .ipynb to write; stdout if not given.")] = None,
) -> None:
    """Print a run's training as plain Keras code, or write it as a script or notebook."""
    record = open_store()
    run = foreground.find(record, run_id)
    if file is None:
        if reason := code.why_not(run.config):
            raise files.ExportError(reason)
        print(code.script(run.config, run.loop), end="")
    elif files.format_of(file) in (files.FORMATS["script"], files.FORMATS["notebook"]):
        files.export_run(record, run, file)
        print(file)
    else:
        raise files.ExportError(f"{file} is not possible: code has the ending .py or .ipynb.")
