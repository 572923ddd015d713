"""Weights on disk: one `.npz` file for each moment that is kept, named for the optimizer steps done by then."""

import re
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from vae.runs import files

# What reading a damaged archive raises: `zipfile` has no common error (a RuntimeError tells of an encrypted member).
DAMAGE = (OSError, EOFError, ValueError, KeyError, RuntimeError, zipfile.BadZipFile, zlib.error)


class WeightsError(RuntimeError):
    """Weights that cannot be written or used; the message is one sentence."""


def path(folder: Path, step: int) -> Path:
    """The file of the weights after `step` optimizer steps."""
    return folder / f"step-{step:09}.npz"


def steps(folder: Path) -> list[int]:
    """The moments that are kept in `folder`, as optimizer steps done, ascending; 0 is before training."""
    found = (re.fullmatch(r"step-(\d{9})\.npz", file.name) for file in folder.glob("step-*.npz"))
    return sorted(int(match[1]) for match in found if match)


def save(file: Path, arrays: Mapping[str, NDArray]) -> None:
    """Writes `arrays`, so that `file` is there whole or not at all, also after a power cut.

    Raises:
        WeightsError: the disk is full or cannot be written.
    """
    publish(file.parent, arrays, lambda _: file.name)


def write(stream: IO[bytes], arrays: Mapping[str, NDArray]) -> None:
    """Writes `arrays` as an `.npz`, not compressed; a / in a name becomes a |."""
    np.savez(stream, allow_pickle=False, **{key.replace("/", "|"): value for key, value in arrays.items()})


def publish(folder: Path, arrays: Mapping[str, NDArray], name: Callable[[IO[bytes]], str]) -> Path:
    """Writes `arrays` into `folder`, see `vae.runs.files.publish`.

    Raises:
        WeightsError: the disk is full or cannot be written.
    """
    try:
        return files.publish(folder, lambda stream: write(stream, arrays), name)
    except OSError as error:
        raise WeightsError(f"The weights could not be written: {error.strerror}.") from None


def rewind(folder: Path, step: int) -> None:
    """Deletes the weights of moments after `step`, and what was being written when a process was killed."""
    for later in steps(folder):
        if later > step:
            path(folder, later).unlink(missing_ok=True)
    for unfinished in folder.glob("*.tmp"):
        unfinished.unlink(missing_ok=True)


def load(file: Path, shapes: Mapping[str, tuple[tuple[int, ...], str]]) -> dict[str, NDArray]:
    """Reads weights and checks them before anything of their size is allocated.

    Args:
        file: as `save` wrote it.
        shapes: shape and dtype of each array by its name, as the model has them.

    Raises:
        WeightsError: the file is missing, damaged, or does not fit the model.
    """
    with _opened(file) as archive:
        expected = {name.replace("/", "|") + ".npy": name for name in shapes}
        if set(archive.namelist()) != set(expected):
            raise WeightsError(f"{file.name} holds the weights of another model.")
        return {name: _array(archive, member, shapes[name]) for member, name in expected.items()}


def read(file: Path) -> dict[str, NDArray]:
    """Reads weights of any model.

    Raises:
        WeightsError: the file is missing or damaged.
    """
    with _opened(file) as archive:
        # `save` does not compress: whatever claims to be larger than the file is not what it wrote.
        if sum(member.file_size for member in archive.infolist()) > file.stat().st_size:
            raise ValueError
        return {member.removesuffix(".npy").replace("|", "/"): _array(archive, member) for member in archive.namelist()}


@contextmanager
def _opened(file: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(file) as archive:
            yield archive
    except WeightsError:
        raise
    except FileNotFoundError:
        raise WeightsError(f"The weights {file.name} are not there any more.") from None
    except DAMAGE:
        raise WeightsError(f"The weights {file.name} are damaged.") from None


def _array(archive: zipfile.ZipFile, member: str, expected: tuple[tuple[int, ...], str] | None = None) -> NDArray:
    with archive.open(member) as stream:
        np.lib.format.read_magic(stream)
        shape, fortran, dtype = np.lib.format.read_array_header_1_0(stream)
        if expected and (shape, fortran, dtype) != (tuple(expected[0]), False, np.dtype(expected[1])):
            raise WeightsError(f"{Path(archive.filename or '').name} holds weights of another shape.")
        content = stream.read(dtype.itemsize * int(np.prod(shape)) + 1)
    return np.frombuffer(content, dtype).reshape(shape)


def delete(folder: Path) -> None:
    """Deletes all that is kept in `folder`."""
    shutil.rmtree(folder, ignore_errors=True)
