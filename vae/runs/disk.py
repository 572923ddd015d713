"""The disk that runs take, and room for new ones: the oldest go first, but never one that is pinned or active."""

from typing import NamedTuple

import sqlalchemy as sa

from vae import footprint
from vae.runs.rows import readable
from vae.runs.run import ACTIVE
from vae.runs.store import Store, StoreError
from vae.runs.tables import runs


class Taken(NamedTuple):
    """What a run takes.

    Attributes:
        run: its id.
        size: bytes; of one that waits or trains at least what it will have taken at its end.
        fixed: whether it stays: pinned, waiting or training.
        active: whether it waits or trains.
    """

    run: str
    size: int
    fixed: bool
    active: bool


def taken(store: Store) -> list[Taken]:
    """What every run takes, the oldest first."""
    columns = sa.select(runs.c.id, runs.c.state, runs.c.pinned, runs.c.step, runs.c.config)
    with store.begin() as connection:
        rows = connection.execute(columns.order_by(runs.c.created, runs.c.id)).all()
    found = []
    for row in rows:
        active, size = row.state in ACTIVE, row.step * footprint.STEP_BYTES + _folder_bytes(store, row.id)
        if active and (config := readable(row.config)):
            size = max(size, footprint.disk_bytes(config))
        found.append(Taken(row.id, size, active or row.pinned, active))
    return found


def make_room(store: Store, most: float) -> list[str]:
    """Deletes the oldest runs that may go, until all take at most `most` bytes; returns the ids of the deleted."""
    found = taken(store)
    excess = sum(each.size for each in found) - most
    gone = []
    for each in found:
        if excess > 0 and not each.fixed:
            try:
                store.delete(each.run)
            except StoreError:
                continue  # pinned, taken up again or deleted at this very moment
            gone.append(each.run)
            excess -= each.size
    return gone


def _folder_bytes(store: Store, run_id: str) -> int:
    size = 0
    for file in store.weights_folder(run_id).glob("*"):
        try:
            size += file.stat().st_size
        except FileNotFoundError:
            continue  # renamed or deleted at this very moment
    return size
