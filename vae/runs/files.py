"""Files that are there whole or not at all, also after a power cut."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO


def publish(folder: Path, write: Callable[[IO[bytes]], object], name: Callable[[IO[bytes]], str]) -> Path:
    """Writes a file into `folder` under a temporary name, and gives it its own when it is safe on the disk.

    Args:
        folder: made if it is not there.
        write: writes the content.
        name: the file's name, of its content, which it may read from the start.

    Returns:
        the file.

    Raises:
        OSError: the disk is full or cannot be written; what was there is left as it was.
    """
    if not folder.exists():
        folder.mkdir(parents=True, exist_ok=True)
        sync(folder.parent)
    with tempfile.NamedTemporaryFile(dir=folder, suffix=".tmp", delete=False) as temporary:
        try:
            write(temporary)
            temporary.flush()
            os.fsync(temporary.fileno())
            temporary.seek(0)
            file = folder / name(temporary)
            os.replace(temporary.name, file)
        except BaseException:
            os.unlink(temporary.name)
            raise
    sync(folder)
    return file


def write(file: Path, content: bytes) -> None:
    """Writes a whole file, see `publish`."""
    publish(file.parent, lambda stream: stream.write(content), lambda _: file.name)


def sync(path: Path) -> None:
    """Makes sure that a file, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
