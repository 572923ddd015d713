"""Images of one's own, kept in the record's folder under the hash of their content.

A set is two files in `datasets/`: `<sha256>.npz` with the arrays, and `<sha256>.json` with what is said of it, which is
written last and removed first, so that a set is there whole or not at all.
"""

import hashlib
import io
import json
import re
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vae.config import OWN, PIXELS
from vae.runs import Store, files, folder
from vae.runs.run import clean_name
from vae.runs.tables import runs
from vae.runs.weights import DAMAGE

# All sets together; one of 70,000 images takes some 10 to 55 MB.
MAX_DISK = 2**30
UNNAMED = "Own images"


class DataError(RuntimeError):
    """A dataset that cannot be had; the message is one sentence."""


class OwnSet(BaseModel):
    """What is said of a set.

    Attributes:
        sha256: of the content, in hex.
        title: as whoever uploaded it calls it; any text.
        count: how many images.
        labels: the names of the classes.
        kept: when, seconds since 1970.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    title: str = Field(max_length=80)
    count: int = Field(ge=1)
    labels: tuple[str, ...] = Field(min_length=1, max_length=10)
    kept: float

    @property
    def name(self) -> str:
        """What `RunConfig.dataset` calls it."""
        return f"own-{self.sha256[:16]}"


def keep(title: str, images: NDArray[np.uint8], labels: NDArray[np.uint8], classes: Sequence[str]) -> OwnSet:
    """Keeps a set; one that is here already stays as it is, with its title.

    Args:
        title: what to call it.
        images: uint8 [n, 28, 28].
        labels: uint8 [n], numbers of `classes`.
        classes: their names.

    Raises:
        DataError: there is no room for it.
    """
    sha256 = _hash(images, labels, classes)
    entry = OwnSet(
        sha256=sha256,
        title=clean_name(title) or UNNAMED,
        count=len(images),
        labels=tuple(classes),
        kept=time.time(),
    )
    for other in kept():
        if other.sha256 == sha256:
            return other
    content = io.BytesIO()
    np.savez_compressed(content, images=images, labels=labels)
    used = sum(file.stat().st_size for file in _folder().glob("*.npz"))
    if used + content.tell() > MAX_DISK:
        raise DataError(
            f"There is no room for these images: own data sets take up {used / 2**20:,.0f} MB here, and at most "
            f"{MAX_DISK >> 20:,} MB are kept. Delete one that no run uses."
        )
    try:
        files.write(_folder() / f"{sha256}.npz", content.getvalue())
        files.write(_folder() / f"{sha256}.json", entry.model_dump_json().encode())
    except OSError as error:
        raise DataError(f"The images could not be kept: {error.strerror}.") from None
    return entry


def kept() -> list[OwnSet]:
    """All sets that are here, the newest first."""
    found = (_entry(file) for file in _folder().glob("*.json"))
    return sorted((entry for entry in found if entry), key=lambda entry: (-entry.kept, entry.sha256))


def find(name: str) -> OwnSet:
    """The set that a config calls `name`.

    Raises:
        DataError: it is not here.
    """
    named = _folder().glob(f"{name.removeprefix('own-')}*.json") if re.fullmatch(OWN, name) else ()
    for file in named:
        if (entry := _entry(file)) and entry.name == name:
            return entry
    raise DataError(f"The data set {name:.40} is not here: upload it again.")


def read(entry: OwnSet) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The images uint8 [n, 28, 28] of a set and their labels uint8 [n], as they were uploaded.

    Raises:
        DataError: they are gone or damaged.
    """
    try:
        # Opened here: NumPy leaves a file open that turns out to be damaged.
        with (_folder() / f"{entry.sha256}.npz").open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            images, labels = file["images"], file["labels"]
        if _hash(images, labels, entry.labels) != entry.sha256:
            raise ValueError
    except DAMAGE:
        raise DataError(f"The data set {entry.name} is missing or damaged: upload it again.") from None
    return images, labels


def uses(record: Store) -> Counter[str]:
    """How many runs of the record use each dataset, by its name."""
    with record.begin() as connection:
        return Counter(connection.execute(sa.select(runs.c.config["dataset"].as_string())).scalars())


def delete(record: Store, entry: OwnSet) -> None:
    """Deletes a set.

    Raises:
        DataError: a run uses it.
    """
    if used := uses(record)[entry.name]:
        raise DataError(f"These images are used by {used} run{'s' if used > 1 else ''}, which must be deleted first.")
    for ending in ("json", "npz"):
        (_folder() / f"{entry.sha256}.{ending}").unlink(missing_ok=True)


def sample(images: NDArray[np.uint8], n: int) -> NDArray[np.float32]:
    """At most `n` of images uint8 [m, 28, 28], from all parts of them: float32 [n, 784] in 0..1."""
    places = np.unique(np.linspace(0, len(images) - 1, n).astype(int))
    return images[places].reshape(len(places), PIXELS).astype(np.float32) / np.float32(255)


def counts(labels: NDArray[np.uint8], classes: Sequence[str]) -> dict[str, int]:
    """How many of labels uint8 [n] each class has, by its name."""
    return dict(zip(classes, np.bincount(labels, minlength=len(classes)).tolist(), strict=True))


def _folder() -> Path:
    return folder() / "datasets"


def _hash(images: NDArray[np.uint8], labels: NDArray[np.uint8], classes: Sequence[str]) -> str:
    """SHA-256 of what a set is, whichever file it came in."""
    described = json.dumps([images.shape, str(images.dtype), str(labels.dtype), list(classes)])
    parts = (described.encode(), images.tobytes(), labels.tobytes())
    return hashlib.sha256(b"\n".join(parts)).hexdigest()


def _entry(file: Path) -> OwnSet | None:
    """What a file says of a set; None if it is none of ours."""
    try:
        entry = OwnSet.model_validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return None
    return entry if entry.sha256 == file.stem else None
