"""A run as one file, for another computer: what it was, every step of it, and its weights.

A bundle is a zip archive whose members are not compressed: `bundle.json` (see `vae.runs.bundle_schema`),
`metrics.npz`, and `step-*.npz` for each moment whose weights are in it.
"""

import hashlib
import io
import os
import shutil
from collections.abc import Collection
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

import filelock
import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from vae.confined import Refused
from vae.runs import archive, copies, weights
from vae.runs import bundle_schema as schema
from vae.runs.archive import BundleError
from vae.runs.bundle_schema import METRICS, Document, weights_member
from vae.runs.run import Metrics, Run, clean_name, new_id
from vae.runs.shapes import shapes
from vae.runs.store import Store
from vae.runs.tables import likelihoods, runs, validations
from vae.runs.tables import metrics as metrics_table

ROWS = 10_000


class KnownRunError(BundleError):
    """The bundle's run is here already, as the run `run_id`."""

    def __init__(self, run_id: str):
        """Args: run_id: of the run that is here."""
        super().__init__(f"This run is here already: {run_id}.")
        self.run_id = run_id


def export_bundle(record: Store, run_id: str, every_epoch: bool = False) -> bytes:
    """A run that has ended as a bundle.

    Args:
        record: where it is.
        run_id: its id.
        every_epoch: whether to add the weights of all moments that are kept, not only the newest.

    Raises:
        BundleError: it has not ended, or was not trained.
        WeightsError: its weights are damaged.
        StoreError: the record cannot be used.
    """
    run = record.get(run_id)
    if run.active:
        raise BundleError("This run still waits or trains; it can be bundled when it has ended.")
    folder, metrics = record.weights_folder(run_id), record.metrics(run_id)
    kept = [step for step in weights.steps(folder) if step <= len(metrics.step)]
    if not len(metrics.step) or not kept:
        raise BundleError("This run cannot be bundled: it was not trained.")
    kept = kept if every_epoch else kept[-1:]
    members = {METRICS: archive.pack_arrays(metrics._asdict())}
    for step in kept:
        arrays = weights.load(weights.path(folder, step), shapes(run.config))
        members[weights_member(step)] = archive.pack_arrays(arrays)
    document = schema.checked(lambda: _document(record, run, len(metrics.step), kept, members))
    text = document.model_dump_json(indent=1).encode()
    return archive.pack({"bundle.json": text, **members})


def import_bundle(record: Store, source: Path | BinaryIO, loops: Collection[str]) -> str:
    """Takes a bundle's run into the record, all of it or nothing; returns its id there.

    Args:
        record: where to.
        source: the bundle.
        loops: the names of the loops that runs may have.

    Raises:
        KnownRunError: it is here already.
        BundleError: the file is no bundle, damaged, too large, or not what its settings ask for.
        WeightsError: its weights cannot be written.
        StoreError: the record cannot be used.
    """
    if isinstance(source, Path):
        try:
            with source.open("rb") as file:
                return import_bundle(record, file, loops)
        except OSError as error:
            raise BundleError(f"{source} cannot be read ({error.strerror}).") from None
    document, metrics, moments = _read(source)
    if document.run.loop not in loops:
        raise BundleError(f"There is no loop {document.run.loop} here; there are {', '.join(loops)}.")
    # Of two who bring the same run at once, the second finds it here.
    with filelock.FileLock(record.folder / "import.lock"):
        if known := _known(record, document, metrics):
            raise KnownRunError(known)
        run_id = _write(record, document, metrics, moments)
    copies.refresh(record, run_id)
    return run_id


def judge(payload: bytes) -> dict[str, Any]:
    """Reads a bundle as `import_bundle` does and keeps nothing: the reader for `vae.confined`.

    Raises:
        Refused: it would not be taken.
    """
    try:
        document, metrics, _ = _read(io.BytesIO(payload))
    except BundleError as error:
        raise Refused(str(error)) from None
    return {"steps": len(metrics.step), "loop": document.run.loop}


def _document(record: Store, run: Run, step: int, kept: list[int], members: dict[str, bytes]) -> Document:
    columns = [likelihoods.c[name] for name in schema.BundledEstimate.model_fields]
    query = sa.select(*columns).where(likelihoods.c.run == run.id, likelihoods.c.done > 0)
    with record.begin() as connection:
        estimates = [dict(row) for row in connection.execute(query.order_by(likelihoods.c.created)).mappings()]
    known = {name: value for name, value in asdict(run).items() if name in schema.BundledRun.model_fields}
    finished = run.state == "finished"
    return Document.model_validate(
        {
            "run": known | {"step": step, "state": "finished" if finished else "stopped", "config": run.config},
            "validations": [found._asdict() for found in record.validations(run.id)],
            "likelihoods": estimates,
            "weights": kept,
            "members": {name: hashlib.sha256(member).hexdigest() for name, member in members.items()},
        }
    )


def _read(source: BinaryIO) -> tuple[Document, Metrics, dict[int, dict[str, NDArray]]]:
    """Everything in a bundle, checked."""
    opened = archive.Archive(source)
    document = schema.read(opened.read("bundle.json", schema.MAX_JSON))
    if set(opened.sizes) != {"bundle.json", *document.members}:
        raise BundleError("The bundle has other members than it says.")
    of_metrics, of_weights = schema.metric_shapes(document.run.step), shapes(document.run.config)
    expected = {METRICS: of_metrics} | {weights_member(step): of_weights for step in document.weights}
    found = {}
    for name, its_shapes in expected.items():
        content = opened.read(name, archive.largest(its_shapes))
        if hashlib.sha256(content).hexdigest() != document.members[name]:
            raise BundleError(f"{name} in the bundle is damaged: it does not have the checksum that it should.")
        found[name] = archive.unpack_arrays(content, name, its_shapes)
    metrics = schema.check_metrics(Metrics(**found[METRICS]), document.run.config)
    return document, metrics, {step: found[weights_member(step)] for step in document.weights}


def _known(record: Store, document: Document, metrics: Metrics) -> str | None:
    """The run of the record that is the bundle's, under whatever id and name."""
    run = document.run
    with record.begin() as connection:
        candidates = connection.execute(
            sa.select(runs.c.id).where(runs.c.created == run.created, runs.c.loop == run.loop, runs.c.step == run.step)
        ).scalars()
        for run_id in candidates.all():
            same = all(map(np.array_equal, record.metrics(run_id), metrics))
            if same and record.get(run_id).config == run.config:
                return run_id
    return None


def _write(record: Store, document: Document, metrics: Metrics, moments: dict[int, dict[str, NDArray]]) -> str:
    taken = record.weights_folder(document.run.id).exists()
    with record.begin() as connection:
        taken |= connection.execute(sa.select(runs.c.id).where(runs.c.id == document.run.id)).first() is not None
    run_id = new_id() if taken else document.run.id
    folder, staging = record.weights_folder(run_id), record.folder / f".import-{new_id()}"
    try:
        for step, arrays in moments.items():
            weights.save(weights.path(staging, step), arrays)
        with record.begin() as connection:
            _insert(connection, run_id, document, metrics)
            # Last, so that the folder and the rows are there together or not at all.
            os.rename(staging, folder)
    except BaseException as error:
        for each in (staging, folder):
            shutil.rmtree(each, ignore_errors=True)
        if isinstance(error, OSError):
            raise BundleError(f"The bundle could not be taken: {error.strerror}.") from None
        raise
    return run_id


def _insert(connection: sa.Connection, run_id: str, document: Document, metrics: Metrics) -> None:
    row: dict[str, Any] = document.run.model_dump()
    row |= {"id": run_id, "name": clean_name(row["name"]) or f"Run {run_id[:6]}"}
    if row["result"]:
        row["result"] = {name: value for name, value in row["result"].items() if value is not None}
    connection.execute(runs.insert().values(**row, phase=""))
    for start in range(0, len(metrics.step), ROWS):
        part = zip(*(column[start : start + ROWS].tolist() for column in metrics), strict=True)
        rows = [dict(zip(Metrics._fields, values, strict=True), run=run_id) for values in part]
        connection.execute(metrics_table.insert(), rows)
    for found in document.validations:
        connection.execute(validations.insert().values(run=run_id, **found.model_dump()))
    for estimate in document.likelihoods:
        state = "finished" if estimate.done == estimate.images else "stopped"
        connection.execute(likelihoods.insert().values(run=run_id, state=state, **estimate.model_dump()))
