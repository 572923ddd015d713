"""Reading an archive that a stranger made: nothing in it expands, and nothing is read that was not expected."""

import io
import os
import struct
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import prod
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from vae.runs import weights
from vae.runs.shapes import Shapes

MAX_BYTES = 512 << 20
MAX_DIRECTORY = 128 << 10
# What the archive of arrays has beside the numbers: the headers, for each array.
OVERHEAD = 1024
END = struct.Struct("<4s4H2LH")
ZIP64 = b"PK\x06\x07"
EPOCH = (1980, 1, 1, 0, 0, 0)


class BundleError(RuntimeError):
    """A bundle that cannot be made or taken; the message is one sentence."""


def pack(members: Mapping[str, bytes]) -> bytes:
    """An archive of `members`, not compressed; the same members give the same bytes."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as archive:
        for name, member in members.items():
            archive.writestr(zipfile.ZipInfo(name, EPOCH), member)
    return content.getvalue()


def pack_arrays(arrays: Mapping[str, NDArray]) -> bytes:
    """Arrays as an `.npz`, not compressed."""
    content = io.BytesIO()
    weights.write(content, arrays)
    return content.getvalue()


class Archive:
    """An archive whose members are not compressed; sizes are known before anything is read."""

    def __init__(self, source: BinaryIO):
        """Reads the directory.

        Args:
            source: an open file that can be sought in.

        Raises:
            BundleError: it is too large, damaged, compressed, or no archive.
        """
        with refusing():
            size = source.seek(0, os.SEEK_END)
            if size > MAX_BYTES:
                raise BundleError(f"The bundle has {size >> 20:,} MB; {MAX_BYTES >> 20} MB are possible.")
            _check_directory(source, size)
            self.archive = zipfile.ZipFile(source)
            members = self.archive.infolist()
            self.sizes = {member.filename: member.file_size for member in members}
            stored = all(
                member.compress_type == zipfile.ZIP_STORED
                and member.file_size == member.compress_size
                and not member.flag_bits & 1
                for member in members
            )
            if not stored or len(self.sizes) < len(members) or sum(self.sizes.values()) > size:
                raise BundleError("The bundle is packed in a way that VAE Lab does not write.")

    def read(self, name: str, most: int) -> bytes:
        """A member of at most `most` bytes.

        Raises:
            BundleError: it is missing, larger, or damaged.
        """
        if name not in self.sizes:
            raise BundleError(f"The bundle has no {name}.")
        if self.sizes[name] > most:
            raise BundleError(f"{name} in the bundle is larger than it can be.")
        with refusing():
            return self.archive.read(name)


def largest(shapes: Shapes) -> int:
    """The most bytes that an `.npz` of arrays with `shapes` may have."""
    return sum(prod(shape) * np.dtype(dtype).itemsize + OVERHEAD for shape, dtype in shapes.values())


def unpack_arrays(content: bytes, name: str, shapes: Shapes) -> dict[str, NDArray]:
    """The arrays of an `.npz` of at most `largest(shapes)` bytes.

    Raises:
        BundleError: other names, shapes or dtypes than `shapes`, or values that are no finite numbers.
    """
    expected = {array.replace("/", "|") + ".npy": array for array in shapes}
    with refusing(), zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sorted(archive.namelist()) != sorted(expected):
            raise BundleError(f"{name} in the bundle does not hold what its settings ask for.")
        found = {array: _array(archive, member, name, shapes[array]) for member, array in expected.items()}
    if not all(np.isfinite(array).all() for array in found.values()):
        raise BundleError(f"{name} in the bundle holds values that are no numbers.")
    return found


def _array(archive: zipfile.ZipFile, member: str, name: str, expected: tuple[tuple[int, ...], str]) -> NDArray:
    shape, dtype = expected[0], np.dtype(expected[1])
    with archive.open(member) as stream:
        np.lib.format.read_magic(stream)
        # The header is a Python literal; NumPy reads at most 10,000 characters of it and runs nothing.
        if np.lib.format.read_array_header_1_0(stream) != (shape, False, dtype):
            raise BundleError(f"{name} in the bundle does not have the shapes that its settings ask for.")
        # One byte more, so that the end is reached and the member's checksum compared.
        content = stream.read(prod(shape) * dtype.itemsize + 1)
    return np.frombuffer(content, dtype).reshape(shape)


def _check_directory(source: BinaryIO, size: int) -> None:
    """Refuses a directory so large that reading it would take long, before `zipfile` reads it."""
    before = len(ZIP64) + 16
    source.seek(max(0, size - END.size - before))
    tail = source.read()
    signature, *_, directory, _, comment = END.unpack(tail[-END.size :])
    # `zipfile` takes the end from here if there is no comment, and its sizes if no ZIP64 record stands before it.
    if signature != b"PK\x05\x06" or comment or tail[: -END.size].startswith(ZIP64) or directory > MAX_DIRECTORY:
        raise BundleError("This file is no bundle of VAE Lab.")


@contextmanager
def refusing() -> Iterator[None]:
    """Makes every error of reading an archive one sentence."""
    try:
        yield
    except BundleError:
        raise
    # Hostile bytes make zipfile and NumPy's reader of headers raise many kinds, which have no common parent.
    except Exception:
        raise BundleError("The bundle is damaged, or it is no bundle of VAE Lab.") from None
