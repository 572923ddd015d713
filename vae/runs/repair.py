"""`python -m vae runs repair`: a damaged database of runs is replaced by what can still be read of it."""

import fcntl
import json
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import filelock
import sqlalchemy as sa
from sqlalchemy import exc

from vae.runs import copies
from vae.runs.database import StoreError, connect, sqlite_file
from vae.runs.files import sync
from vae.runs.rows import readable
from vae.runs.run import is_id
from vae.runs.salvage import Damaged, checked, is_run, make, readable_copy
from vae.runs.tables import SCHEMA_VERSION, likelihoods, metrics, runs, validations

IN_USE = "A server, a training or another program uses this record: end it first, and then repair."
# Where SQLite locks a file that it has open ("File locking and concurrency" in its documentation): start, length.
SHARED_LOCK = 0x40000002, 510


def repair(folder: Path, url: str | sa.URL) -> list[str]:
    """Checks the database of a record and, if it is damaged, replaces it by what can be read of it.

    Args:
        folder: of the record.
        url: the database's address.

    Returns:
        what was found and done, in sentences.

    Raises:
        StoreError: somebody uses the record, there is none, it cannot be repaired, or it is not in SQLite.
    """
    file = sqlite_file(connect(url, patience=0))
    if file is None:
        raise StoreError("The runs are not in SQLite: use PostgreSQL's own tools (pg_amcheck, pg_dump, a backup).")
    file = file.absolute()
    if not file.exists():
        raise StoreError(f"There is nothing to repair: no database of runs at {file}.")
    try:
        with _alone(folder, file):
            return _sound(file) or _replace(folder, file)
    except (OSError, exc.SQLAlchemyError) as error:
        why = getattr(error, "strerror", None) or getattr(error, "orig", None) or type(error).__name__
        raise StoreError(f"The database could not be repaired, and nothing of it was deleted: {why}.") from None


@contextmanager
def _alone(folder: Path, file: Path) -> Iterator[None]:
    """While it lasts nobody can open the record; refuses if somebody has."""
    try:
        with (
            filelock.FileLock(folder / "dispatcher.lock", blocking=False),
            filelock.FileLock(folder / "record.lock", blocking=False),
        ):
            with file.open("r+b") as opened:
                # In WAL mode whoever has a connection, also an idle one, holds a shared lock on these bytes.
                fcntl.lockf(opened, fcntl.LOCK_EX | fcntl.LOCK_NB, SHARED_LOCK[1], SHARED_LOCK[0])
            yield
    except (filelock.Timeout, BlockingIOError):
        raise StoreError(IN_USE) from None


def _sound(file: Path) -> list[str]:
    """A sentence about a sound database; nothing if it is damaged."""
    try:
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as source:
            if source.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
                return []
            for (config,) in source.execute("SELECT config FROM runs"):
                json.loads(config)
            (counts,) = source.execute("SELECT (SELECT count(*) FROM runs), (SELECT count(*) FROM metrics)")
            return [f"The database of runs is sound: it has {_many(counts[0], 'run')} with {_many(counts[1], 'step')}."]
    except (sqlite3.Error, json.JSONDecodeError):
        return []


def _replace(folder: Path, file: Path) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="repair-", dir=file.parent) as scratch:
        source = Damaged(readable_copy(file, Path(scratch)))
        if source.version > SCHEMA_VERSION:
            raise StoreError(f"The damaged database has version {source.version}: repair it with the program's newest.")
        fresh = Path(scratch) / "fresh.sqlite3"
        with closing(source.connection):
            told = _fill(fresh, source, folder)
        kept = file.with_name(f"{file.stem}.damaged-{time.strftime('%Y-%m-%d-%H%M%S')}{file.suffix}")
        for suffix in ("", "-wal"):
            if Path(f"{file}{suffix}").exists():
                _keep(f"{file}{suffix}", f"{kept}{suffix}")
        sync(fresh)
        for suffix in ("-wal", "-shm"):
            # SQLite would apply a log that is left to the new file.
            Path(f"{file}{suffix}").unlink(missing_ok=True)
        os.replace(fresh, file)
        sync(file.parent)
    return [*told, f"The damaged database is kept as {kept}."]


def _fill(fresh: Path, source: Damaged, folder: Path) -> list[str]:
    """Writes what can be read into a new database, and tells in sentences what that is and what is missing."""
    engine = make(fresh)
    folders = sorted(entry for entry in folder.iterdir() if is_id(entry.name))
    copied = _copied(folders)
    copied[runs] = [row for row in copied[runs] if is_run(row)]
    saved: dict[str, dict[str, Any]] = {}
    missing: dict[str, int] = {}
    steps = 0
    with engine.begin() as connection:

        def insert(table: Any, rows: list[dict[str, Any]]) -> int:
            return connection.execute(table.insert().prefix_with("OR IGNORE"), rows).rowcount if rows else 0

        for row in (*source.runs(), *copied[runs]):
            if insert(runs, [row]):
                saved[row["id"]] = row
        for table in (likelihoods, validations):
            rows = (*copied[table], *source.rows(table))
            insert(table, [row for row in rows if row["run"] in saved])
        for run_id, row in saved.items():
            # A step that was written in the last moment may be beyond what the row of its run says.
            config = readable(row["config"])
            most = config.steps if config else row["step"]
            # Copies first: they have a checksum, and a page that was cut in two may read as other numbers.
            rows = [{"run": run_id, **each} for each in copies.steps(folder / run_id) if each["step"] <= most]
            rows += source.steps(metrics, run_id, most)
            found = insert(metrics, rows)
            steps += found
            if found < row["step"]:
                missing[run_id] = row["step"] - found
            last = max((each["step"] + 1 for each in rows), default=0)
            if row["state"] != "finished" and last < row["step"]:
                # So that it goes on from a checkpoint of steps that are there.
                connection.execute(runs.update().where(runs.c.id == run_id).values(step=last))
    engine.dispose()
    told = [f"The database of runs was damaged; {_many(len(saved), 'run')} with {_many(steps, 'step')} could be saved."]
    told += [f"Of run {run_id} {_many(count, 'step')} could not be read." for run_id, count in missing.items()]
    if source.hurt & {likelihoods.name, validations.name} and not saved.keys() <= {row["id"] for row in copied[runs]}:
        told.append("Figures on test images, or estimates of a likelihood, could not be read.")
    told += [
        f"Run {entry.name} could not be read; its weights are still in {entry}."
        for entry in folders
        if entry.name not in saved
    ]
    return told


def _copied(folders: list[Path]) -> dict[sa.Table, list[dict[str, Any]]]:
    """By table, the rows that stand beside the runs' weights and can be what was written."""
    found: dict[sa.Table, list[dict[str, Any]]] = {table: [] for table in copies.TABLES}
    for told in map(copies.rows, folders):
        for table, kept in found.items():
            columns = list(table.columns)
            rows = (checked(columns, [row.get(column.name) for column in columns]) for row in told[table.name])
            kept += filter(None, rows)
    return found


def _keep(old: str, new: str) -> None:
    try:
        os.link(old, new)
    except OSError:  # the disk knows no links
        shutil.copy2(old, new)


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
