"""Rows of the table of runs: what is written into a new one, and what is read out of any."""

import time
from dataclasses import fields
from typing import Any

import sqlalchemy as sa
from pydantic import ValidationError

from vae.config import RunConfig
from vae.runs.database import StoreError
from vae.runs.run import Run, clean_name, new_id
from vae.runs.tables import runs

# The least time between two runs, in seconds, that a float of today's date can tell.
TICK = 1e-6


class RunNotFoundError(StoreError):
    """There is no such run, or none that this version of the program can read."""


def next_moment(connection: sa.Connection) -> float:
    """The time, but later than all runs were made also after the clock was set back: the queue goes by it."""
    newest = connection.execute(sa.select(sa.func.max(runs.c.created))).scalar() or 0.0
    return max(time.time(), newest + TICK)


def queued(
    config: RunConfig, loop: str, name: str, race: str | None, visitor: str | None, created: float
) -> dict[str, Any]:
    """The row of a new run that waits to be trained."""
    run_id = new_id()
    return {
        "id": run_id,
        "name": clean_name(name) or f"Run {run_id[:6]}",
        "loop": loop,
        "race": race,
        "config": config.model_dump(),
        "state": "queued",
        "created": created,
        "visitor": visitor,
    }


def running(pid: int, pid_created: float) -> dict[str, Any]:
    """What changes in a row when process `pid` begins to train."""
    now = time.time()
    owner = {"pid": pid, "pid_created": pid_created}
    return {"state": "running", "phase": "Starting", "started": now, "heartbeat": now, **owner}


def readable(config: Any) -> RunConfig | None:
    """A row's settings, or None if another version wrote them."""
    try:
        return RunConfig.model_validate(config)
    except ValidationError:
        return None


def read(row: sa.Row) -> Run:
    """The run in a row.

    Raises:
        RunNotFoundError: another version wrote it.
    """
    values = {field.name: getattr(row, field.name) for field in fields(Run)}
    config = readable(values["config"])
    if config is None:
        raise RunNotFoundError(f"Run {row.id} was written by another version of this program and cannot be read here.")
    return Run(**{**values, "config": config})
