"""Files as somebody might upload them."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vae import data


def some(n: int = 70) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Images uint8 [n, 28, 28] and labels uint8 [n], the first of MNIST's test set."""
    _, _, x, y = data.DATASETS["mnist"].load()
    return x[:n], y[:n]


def npz(**arrays: NDArray) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=True, **arrays)
    return buffer.getvalue()


def npy(array: NDArray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=True)
    return buffer.getvalue()


def npy_header(shape: str, descr: str = "|u1", more: str = "") -> bytes:
    """The beginning of a `.npy` file, with whatever it claims."""
    text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, {more}}}\n".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


def picture(image: NDArray, kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, kind)
    return buffer.getvalue()


def huge_png(width: int, height: int) -> bytes:
    """A PNG of some bytes that claims to be large."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = b"IDAT" + zlib.compress(bytes(1000))
    chunks = (struct.pack(">I", len(part) - 4) + part + struct.pack(">I", zlib.crc32(part)) for part in (header, data))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def zipped(files: Iterable[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return buffer.getvalue()


def pictures(n: int = 70, kind: str = "PNG", folder: str = "digit {}") -> bytes:
    """A zip file of pictures, in folders named for their labels."""
    return zipped(
        (f"{folder.format(y)}/{i}.png", picture(x, kind)) for i, (x, y) in enumerate(zip(*some(n), strict=True))
    )


def csv(n: int = 70, header: str = "", labels: bool = True, delimiter: str = ",") -> bytes:
    x, y = some(n)
    rows = ([*([label] if labels else []), *image.ravel()] for image, label in zip(x, y, strict=True))
    return "\n".join(filter(None, [header, *(delimiter.join(map(str, row)) for row in rows)])).encode()


def bomb() -> bytes:
    """A zip file of 10 kB whose directory tells of 10 GB: a thousand entries for the same bytes."""
    body = zlib.compressobj(9, zlib.DEFLATED, -15)
    content = body.compress(bytes(10_000_000)) + body.flush()
    crc = zlib.crc32(bytes(10_000_000))
    local = struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, 0, 8, 0, 0, crc, len(content), 10_000_000, 5, 0) + b"0.png"
    entry = struct.pack(
        "<IHHHHHHIIIHHHHHII", 0x02014B50, 20, 20, 0, 8, 0, 0, crc, len(content), 10_000_000, 5, 0, 0, 0, 0, 0, 0
    )
    directory = (entry + b"0.png") * 1000
    start = len(local) + len(content)
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 1000, 1000, len(directory), start, 0)
    return local + content + directory + end
