"""Images of one's own: what is read from an upload, by `vae.confined` in a child process.

A file is known by its first bytes, not by its name.
"""

from typing import Any

import numpy as np

from vae.confined import Refused
from vae.uploads import archive
from vae.uploads.arrays import read_npy, read_npz
from vae.uploads.classes import classes
from vae.uploads.limits import MAX_BYTES, MIN_IMAGES
from vae.uploads.pictures import MAGIC, read_pictures
from vae.uploads.pixels import Found
from vae.uploads.rows import read_csv

# What is neither is taken for text, which says of itself if it is none.
NPY, ZIP, EMPTY_ZIP = b"\x93NUMPY", b"PK\x03\x04", b"PK\x05\x06"


def read(payload: bytes) -> dict[str, Any]:
    """The images in an upload: `.npz`, `.npy`, `.csv`, or `.zip` of PNG and JPEG.

    Args:
        payload: the file.

    Returns:
        `images` uint8 [n, 28, 28]; `labels` uint8 [n], all 0 where there are none; `classes`, the list of their names;
        `understood`, what was read, in a sentence.

    Raises:
        Refused: it cannot be used, with the reason in a sentence.
    """
    if not payload:
        raise Refused("The file is empty.")
    if len(payload) > MAX_BYTES:
        raise Refused(f"The file is too large: at most {MAX_BYTES >> 20} MB are read.")
    if payload.startswith(MAGIC):
        raise Refused(f"This is a single picture; put at least {MIN_IMAGES} of them into one .zip file.")
    found = _found(payload)
    labels, names, in_words = classes(found.labels)
    resized = "" if found.size == "28 × 28 pixels" else ", scaled to 28 × 28"
    sentences = [f"{len(found.images):,} images of {found.size}{resized}; {found.scale}; {in_words}."]
    if found.images.mean() > 127.5:
        sentences.append("They are mostly light, unlike MNIST's white ink on black, and are left so.")
    return {
        "images": found.images,
        "labels": labels if labels is not None else np.zeros(len(found.images), np.uint8),
        "classes": list(names),
        "understood": " ".join(filter(None, [*sentences, found.aside])),
    }


def _found(payload: bytes) -> Found:
    if payload.startswith(NPY):
        return read_npy(payload)
    if payload.startswith((ZIP, EMPTY_ZIP)):
        with archive.opened(payload) as file:
            numpy_made_it = any(name.endswith(".npy") for name in file.namelist())
            return read_npz(file) if numpy_made_it else read_pictures(file)
    return read_csv(payload)
