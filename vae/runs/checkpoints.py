"""Checkpoints on disk: all that a training needs to go on from a step, checked before it is believed.

A checkpoint is one file, named for the optimizer steps done and the SHA-256 of its content. So the rename that gives it
its name is all that makes it one, and whatever happens to its content afterwards no longer fits the name.
"""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from numpy.typing import NDArray

from vae.runs import weights

KEPT = 2
DIGITS = 32
NAME = re.compile(rf"checkpoint-(\d{{9}})-([0-9a-f]{{{DIGITS}}})\.npz")


def save(folder: Path, step: int, arrays: Mapping[str, NDArray]) -> Path:
    """Writes the checkpoint after `step` steps; of those before it the newest is kept, and of those after it none.

    Args:
        folder: the run's.
        step: optimizer steps done.
        arrays: the values of all variables, by name.

    Raises:
        WeightsError: the disk is full or cannot be written; what was there is left as it was.
    """
    file = weights.publish(folder, arrays, lambda content: f"checkpoint-{step:09}-{_digest(content)}.npz")
    older = [other for other in files(folder) if _step(other) <= step and other != file]
    for other in {*files(folder)} - {file, *older[: KEPT - 1]}:
        other.unlink(missing_ok=True)
    return file


def files(folder: Path) -> list[Path]:
    """The checkpoints in `folder`, whole or not, the one with the most steps first."""
    return sorted((file for file in folder.glob("checkpoint-*.npz") if NAME.fullmatch(file.name)), reverse=True)


def newest_step(folder: Path) -> int | None:
    """The steps of the newest checkpoint in `folder` by its name; None if there is none."""
    return next(map(_step, files(folder)), None)


def is_whole(file: Path) -> bool:
    """Whether the file still has the content that its name was made for."""
    try:
        with file.open("rb") as content:
            return _digest(content) == file.stem.rpartition("-")[2]
    except OSError:
        return False


def load(
    folder: Path, shapes: Mapping[str, tuple[tuple[int, ...], str]], most: int
) -> tuple[int, dict[str, NDArray]] | None:
    """Reads the newest checkpoint that is whole.

    Args:
        folder: the run's.
        shapes: shape and dtype of each variable by name.
        most: the steps that the record holds; a checkpoint of more is passed over, because their metrics are missing.

    Returns:
        the steps done and the variables' values; None if there is no such checkpoint.
    """
    for file in files(folder):
        if _step(file) <= most and is_whole(file):
            try:
                return _step(file), weights.load(file, shapes)
            except weights.WeightsError:
                continue  # of a model that this program builds in another way
    return None


def delete(folder: Path) -> None:
    """Deletes all checkpoints in `folder`."""
    for file in files(folder):
        file.unlink(missing_ok=True)


def _step(file: Path) -> int:
    return int(file.name.split("-")[1])


def _digest(content: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while part := content.read(1 << 20):
        digest.update(part)
    return digest.hexdigest()[:DIGITS]
