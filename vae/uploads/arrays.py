"""Images in NumPy's files: headers are checked before any array is made, and pickles are never read."""

import io
import math
import zipfile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae.confined import Refused
from vae.uploads import archive
from vae.uploads.limits import MAX_EXPANDED
from vae.uploads.pixels import Found, check_count, check_side, from_array

# Names of the images, and at the same place of their labels.
IMAGES = ("x", "images", "x_train", "train_images", "data")
LABELS = ("y", "labels", "y_train", "train_labels", "target")
HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
Header = tuple[tuple[int, ...], bool, np.dtype]


def read_npy(payload: bytes) -> Found:
    """The images of a `.npy` file.

    Raises:
        Refused: it holds something else.
    """
    stream = io.BytesIO(payload)
    return _found(_array(stream, _images_header(stream, "The array")), None)


def read_npz(file: zipfile.ZipFile) -> Found:
    """The images of a `.npz` file, and their labels if it has some.

    Raises:
        Refused: it holds nothing of the kind.
    """
    members = {member.filename.removesuffix(".npy").lower(): member for member in file.infolist()}
    name = _name_of_images(file, members)
    paired = LABELS[IMAGES.index(name)] if name in IMAGES else LABELS[0]
    labelled = next((label for label in (paired, *LABELS) if label in members and label != name), None)
    stream = _stream(file, members[name])
    x = _array(stream, _images_header(stream, f"The array {name:.40}"))
    return _found(x, None if labelled is None else _labels(_stream(file, members[labelled]), labelled, len(x)))


def _stream(file: zipfile.ZipFile, member: zipfile.ZipInfo) -> io.BytesIO:
    # Not the archive's own stream, which expands as much as a header asks for, whatever the directory says.
    return io.BytesIO(archive.read(file, member))


def _name_of_images(file: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo]) -> str:
    for name in IMAGES:
        if name in members:
            return name
    others = {name: member for name, member in members.items() if name not in LABELS}
    several = [name for name in others if len(_header(_stream(file, others[name]), f"The array {name:.40}")[0]) > 1]
    if len(several) != 1:
        raise Refused("It is not clear which array holds the images; call it x, and the labels y.")
    return several[0]


def _header(stream: io.BytesIO, what: str) -> Header:
    """Shape, order and type of an array, without its content."""
    try:
        version = np.lib.format.read_magic(stream)
        if version not in HEADERS:
            raise ValueError
        shape, fortran, dtype = HEADERS[version](stream)
    except MemoryError:
        raise
    except Exception:  # NumPy's reader raises many kinds, from a wrong magic to a SyntaxError
        raise Refused(f"{what} is damaged: it has no header that NumPy knows.") from None
    if dtype.hasobject:
        raise Refused(f"{what} holds Python objects (a pickle), which are never read; save it as numbers.")
    if dtype.itemsize == 0:
        raise Refused(f"{what} is empty.")
    # An integer of Python's, so that no product wraps around.
    if min(shape, default=1) < 0 or math.prod(map(int, shape)) * dtype.itemsize > MAX_EXPANDED:
        raise Refused(f"{what} is too large: at most {MAX_EXPANDED >> 20} MB are read.")
    return shape, fortran, dtype


def _images_header(stream: io.BytesIO, what: str) -> Header:
    shape, fortran, dtype = _header(stream, what)
    if dtype.kind not in "biuf":
        raise Refused(f"{what} holds {dtype.name:.20}, and pixels must be numbers.")
    if not 2 <= len(shape) <= 4:
        raise Refused(f"{what} has {len(shape)} dimensions, and images are [n, height, width] or [n, pixels].")
    check_count(shape[0])
    return shape, fortran, dtype


def _array(stream: io.BytesIO, header: Header) -> NDArray[Any]:
    shape, fortran, dtype = header
    content = stream.getbuffer()[stream.tell() :]
    if len(content) != math.prod(shape) * dtype.itemsize:
        raise Refused("The array is cut off, or longer than its header says.")
    flat = np.frombuffer(content, dtype)
    return flat.reshape(shape[::-1]).T if fortran else flat.reshape(shape)


def _labels(stream: io.BytesIO, name: str, n: int) -> NDArray[Any]:
    header = _header(stream, f"The array {name}")
    shape, _, dtype = header
    if dtype.kind not in "biufU":
        raise Refused(f"The labels {name} are {dtype.name:.20}, and they must be whole numbers or text.")
    if math.prod(shape) != n or shape[:1] != (n,):
        raise Refused(f"There are {n:,} images, but the labels {name} have the shape {list(shape)!s:.40}.")
    return _array(stream, header).reshape(n)


def _found(x: NDArray[Any], labels: NDArray[Any] | None) -> Found:
    return Found(*from_array(_as_images(x)), labels)


def _as_images(x: NDArray[Any]) -> NDArray[Any]:
    """Rows of pixels and colours first become [n, height, width] or [n, height, width, colours]."""
    if x.ndim == 2:
        side = math.isqrt(x.shape[1])
        if side * side != x.shape[1]:
            raise Refused(f"Each image has {x.shape[1]:,} pixels in a row, which make no square.")
        x = x.reshape(len(x), side, side)
    if x.ndim == 4 and x.shape[3] not in (1, 3, 4) and x.shape[1] in (1, 3, 4):
        x = np.moveaxis(x, 1, 3)
    if x.ndim == 4 and x.shape[3] not in (1, 3, 4):
        raise Refused(f"Images of the shape {list(x.shape[1:])} have {x.shape[3]:,} colours, and it must be 1, 3 or 4.")
    if x.ndim == 4 and x.shape[3] == 1:
        x = x[..., 0]
    check_side(*x.shape[1:3])
    return x
