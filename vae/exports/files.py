"""The files that a run can be taken away as: one table for the page and the terminal."""

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, NamedTuple

import pandas as pd

from vae.console import quiet_import
from vae.exports import code
from vae.loops import LOOPS
from vae.runs import Run, Store, weights
from vae.runs.bundle import export_bundle, import_bundle


class ExportError(RuntimeError):
    """A file that cannot be made or written; the message is one sentence."""


class Format(NamedTuple):
    """A kind of file.

    Attributes:
        title: its name.
        ending: of the file's name, with the dot.
        mime: its media type.
        help: what it is for, in a sentence.
        content: makes the file's bytes.
        needs: what a run must have: "steps", "weights", "end" or nothing.
    """

    title: str
    ending: str
    mime: str
    help: str
    content: Callable[[Store, Run], bytes]
    needs: str = ""


def _frame(record: Store, run: Run) -> pd.DataFrame:
    return pd.DataFrame(record.metrics(run.id)._asdict())


def _csv(record: Store, run: Run) -> bytes:
    # Numbers alone, and a header of our own: nothing that a table program would take for a formula.
    return _frame(record, run).to_csv(index=False).encode()


def _parquet(record: Store, run: Run) -> bytes:
    content = io.BytesIO()
    _frame(record, run).to_parquet(content, index=False)
    return content.getvalue()


def _tensorboard(record: Store, run: Run) -> bytes:
    tensorboard = quiet_import("vae.exports.tensorboard")
    return tensorboard.event_archive(run, record.metrics(run.id), record.validations(run.id))


def _weights(record: Store, run: Run) -> bytes:
    folder = record.weights_folder(run.id)
    file = weights.path(folder, weights.steps(folder)[-1])
    weights.read(file)
    return file.read_bytes()


FORMATS: dict[str, Format] = {
    "bundle": Format(
        "Bundle",
        ".zip",
        "application/zip",
        "The whole run in one file, for the Runs page of another VAE Lab: settings, every step, newest weights.",
        lambda record, run: export_bundle(record, run.id),
        "end",
    ),
    "bundle_all": Format(
        "Bundle, all epochs",
        ".all.zip",
        "application/zip",
        "The same with the weights of every epoch, so that the training can be replayed on the map.",
        lambda record, run: export_bundle(record, run.id, every_epoch=True),
        "end",
    ),
    "script": Format(
        "Script",
        ".py",
        "text/x-python",
        "The training as plain Keras code, which prints the run's losses and needs nothing of VAE Lab.",
        lambda record, run: code.script(run.config, run.loop).encode(),
    ),
    "notebook": Format(
        "Notebook",
        ".ipynb",
        "application/x-ipynb+json",
        "The same code as a Jupyter notebook, with words between its parts.",
        lambda record, run: code.notebook(run.config, run.loop).encode(),
    ),
    "csv": Format(
        "Metrics (CSV)",
        ".csv",
        "text/csv",
        "Loss, reconstruction error and KL term of every optimizer step.",
        _csv,
        "steps",
    ),
    "parquet": Format(
        "Metrics (Parquet)",
        ".parquet",
        "application/vnd.apache.parquet",
        "The same for pandas and other tools: smaller, and each number to its last bit.",
        _parquet,
        "steps",
    ),
    "tensorboard": Format(
        "TensorBoard",
        ".tb.zip",
        "application/zip",
        "The curves as an event file: unpack it and run tensorboard --logdir on its folder.",
        _tensorboard,
        "steps",
    ),
    "weights": Format(
        "Weights (npz)",
        ".npz",
        "application/octet-stream",
        "The newest weights, one array a layer, for numpy.load.",
        _weights,
        "weights",
    ),
}

ENDINGS = tuple(kind.ending for kind in FORMATS.values())


def why_not(record: Store, run: Run, kind: Format) -> str | None:
    """Why this file cannot be made of a run, in a sentence; None if it can."""
    if kind.ending in (".py", ".ipynb") and (reason := code.why_not(run.config)):
        return reason
    if kind.needs == "end" and run.active:
        return "This run still waits or trains; it can be bundled when it has ended."
    if kind.needs in ("steps", "end") and not run.step:
        return "This run has no steps yet."
    if kind.needs in ("weights", "end") and not weights.steps(record.weights_folder(run.id)):
        return "This run has no weights yet."
    return None


def format_of(file: Path) -> Format:
    """The kind of file that a file's ending asks for, the longest ending that fits.

    Raises:
        ExportError: there is none.
    """
    fitting = [kind for kind in FORMATS.values() if file.name.lower().endswith(kind.ending)]
    if not fitting:
        raise ExportError(f"{file} is not possible: its ending must be one of {', '.join(ENDINGS)}.")
    return max(fitting, key=lambda kind: len(kind.ending))


def export_run(record: Store, run: Run, file: Path) -> None:
    """Writes a run as the kind of file that the ending asks for; an older file of that name is replaced.

    Raises:
        ExportError: the ending is unknown, the run has not what it needs, or the file cannot be written.
        BundleError, WeightsError, StoreError: the run cannot be read.
    """
    write(file, content(record, run.id, format_of(file)))


def content(record: Store, run_id: str, kind: Format) -> bytes:
    """The bytes of a file of a run, as it is now.

    Raises:
        ExportError: the run has not what it needs.
        BundleError, WeightsError, StoreError: the run cannot be read.
    """
    run = record.get(run_id)
    if reason := why_not(record, run, kind):
        raise ExportError(reason)
    return kind.content(record, run)


def write(file: Path, content: bytes) -> None:
    """Writes a file, so that it is there whole or not at all.

    Raises:
        ExportError: it cannot be written.
    """
    part = file.with_name(f".{file.name}.part")
    try:
        try:
            with part.open("wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            part.replace(file)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise ExportError(f"{file} cannot be written ({error.strerror}).") from None


def import_run(record: Store, source: Path | BinaryIO) -> str:
    """Takes a bundle's run into the record and returns its id there: the one way in, see `import_bundle`."""
    return import_bundle(record, source, LOOPS)
