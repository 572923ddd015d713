"""What the database knows of a run, once more beside its weights: `repair` takes it where the database is destroyed.

With each checkpoint come the steps since the last one, as a file of their own, and the run's rows, in a file that takes
the place of the one before. When the run has finished, all steps are in one file, which is also read in a tenth of the
database's time. PostgreSQL has its own copies, so that for SQLite alone they are made.
"""

import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from vae.runs import files, weights
from vae.runs.database import StoreError, sqlite_file
from vae.runs.run import Metrics
from vae.runs.store import RunNotFoundError, Store
from vae.runs.tables import likelihoods, metrics, runs, validations

logger = logging.getLogger(__name__)
ROWS = "copy.json"
STEPS = re.compile(r"copy-(\d{9})-(\d{9})\.npz")
TABLES = {runs: runs.c.id, validations: validations.c.run, likelihoods: likelihoods.c.run}


def write(store: Store, run_id: str) -> None:
    """Copies what the record has of a run and the copies have not; nothing if the run was deleted.

    Raises:
        WeightsError: the disk is full or cannot be written.
    """
    if sqlite_file(store.engine) is None:
        return
    with store.begin() as connection:
        told = {table.name: _raw(connection, table, key, run_id) for table, key in TABLES.items()}
    if not told[runs.name]:
        return
    folder = store.weights_folder(run_id)
    older = _files(folder)
    known = 0 if len(older) > 1 and told[runs.name][0]["state"] == "finished" else _known(older)
    found = store.metrics(run_id, after=known - 1)
    if len(found.step):
        new = _steps_file(folder, known, found.step[-1] + 1)
        weights.save(new, found._asdict())
        for *_, file in older if known == 0 else []:
            if file != new:
                file.unlink(missing_ok=True)
    try:
        files.write(folder / ROWS, json.dumps(told).encode())
    except OSError as error:
        raise weights.WeightsError(f"The run could not be copied: {error.strerror}.") from None


def refresh(store: Store, run_id: str) -> None:
    """The same after a change of a run's rows, which stands in the record whether it can be copied or not."""
    try:
        write(store, run_id)
    except (StoreError, weights.WeightsError) as error:
        logger.warning("Run %s is not copied: %s", run_id, error)


def finished_metrics(store: Store, run_id: str) -> Metrics | None:
    """All steps of a run that has finished, which no longer change; None if they are not in one file that is whole."""
    try:
        run = store.get(run_id)
        if run.state != "finished":
            return None
        arrays = weights.read(_steps_file(store.weights_folder(run.id), 0, run.step))
        found = Metrics(**arrays)
    except (RunNotFoundError, weights.WeightsError, TypeError):
        return None
    return found if all(column.shape == (run.step,) for column in found) else None


def rewind(folder: Path, step: int) -> None:
    """Deletes the copies of what a run recorded after its first `step` steps."""
    for _, last, file in _files(folder):
        if last > step:
            file.unlink(missing_ok=True)


def rows(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """The copied rows by the name of their table, as the driver reads them; none if the file is not whole."""
    try:
        found = json.loads((folder / ROWS).read_bytes())
        return {table.name: [dict(row) for row in found[table.name]] for table in TABLES}
    except (OSError, ValueError, TypeError, KeyError):
        return {table.name: [] for table in TABLES}


def steps(folder: Path) -> Iterator[dict[str, Any]]:
    """The copied rows of the table of metrics, but for their run; those left out whose file is damaged."""
    names = [column.name for column in metrics.columns if column is not metrics.c.run]
    for *_, file in _files(folder):
        try:
            arrays = weights.read(file)
            columns = [arrays[name].tolist() for name in names]
        except (weights.WeightsError, KeyError):
            continue
        for values in zip(*columns, strict=False):
            yield dict(zip(names, values, strict=True))


def _raw(connection: sa.Connection, table: sa.Table, key: sa.Column, run_id: str) -> list[dict[str, Any]]:
    query = sa.text(f"SELECT * FROM {table.name} WHERE {key.name} = :run")
    return [dict(row) for row in connection.execute(query, {"run": run_id}).mappings()]


def _steps_file(folder: Path, first: int, last: int) -> Path:
    return folder / f"copy-{first:09}-{last:09}.npz"


def _known(older: list[tuple[int, int, Path]]) -> int:
    """The steps from the first on that are copied without a gap."""
    known = 0
    for first, last, _ in older:
        known = last if first == known else known
    return known


def _files(folder: Path) -> list[tuple[int, int, Path]]:
    """The files of steps: the first one, the one after the last, and the file; in their order."""
    found = ((STEPS.fullmatch(file.name), file) for file in folder.glob("copy-*.npz"))
    return sorted((int(match[1]), int(match[2]), file) for match, file in found if match)
