"""Training in the foreground, and what the terminal's commands share."""

import json
import sys
import threading
import time
from typing import Annotated

import psutil
import typer

from vae.config import RunConfig
from vae.console import progress_bar, quiet_import
from vae.jobs.local import reap
from vae.jobs.processes import born
from vae.report import closing_lines, log_lines, report
from vae.runs import Run, Store
from vae.runs.run import is_id

TURN_SECONDS = 0.2

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line of stdout.")]
RunId = Annotated[str, typer.Argument(metavar="RUN", help="A run's id, or the first digits of it.")]


class UsageError(RuntimeError):
    """Bad input on the command line; the message is one sentence."""


def begin(record: Store, config: RunConfig, loop: str, name: str, race: str | None) -> Run:
    """Trains a new run in this process, once nothing else trains."""
    await_turn(record)
    return work(record, record.get(record.create(config, loop, name, race, owner=_me())))


def go_on(record: Store, run_id: str) -> Run:
    """Goes on with a run in this process, once nothing else trains."""
    await_turn(record)
    record.resume(run_id, owner=_me())
    return work(record, record.get(run_id))


def work(record: Store, run: Run) -> Run:
    """Trains a run that this process owns, with a progress bar; Control-C stops it."""
    stopping = threading.Event()
    with progress_bar(f"{run.name}, {run.loop}", "steps", run.config.steps, stopping) as show:
        # Not sooner: the import would take time from the training that this one waited for.
        training = quiet_import("vae.training")
        run = training.train(record, run.id, stopping, lambda step, loss: show(step))
    if run.error:
        print(run.error, file=sys.stderr)
    return run


def await_turn(record: Store) -> None:
    """Waits while another run trains, so that neither slows the other down; Control-C gives up."""
    told = False
    while True:
        running = reap(record)
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


def tell(record: Store, run: Run, as_json: bool) -> int:
    """Prints a run that has ended, and returns the exit status that says how."""
    lines = log_lines(record.metrics(run.id), run) + closing_lines(run)
    print(json.dumps(report(record, run)) if as_json else "\n".join(lines))
    return status(run)


def status(run: Run) -> int:
    """The exit status for a run that has ended."""
    return {"finished": 0, "stopped": 130, "paused": 130}.get(run.state, 1)


def find(record: Store, run_id: str) -> Run:
    """The run that somebody means by its id or the beginning of it.

    Raises:
        UsageError: there is none, or there are several.
    """
    if is_id(run_id):
        return record.get(run_id)
    found = [run for run in record.newest() if run_id and run.id.startswith(run_id)]
    if len(found) != 1:
        raise UsageError(
            f"{run_id!r:.60} is the beginning of {len(found)} runs' ids; give more of it, see `runs list`."
        )
    return found[0]


def _me() -> tuple[int, float]:
    process = psutil.Process()
    return process.pid, born(process)
