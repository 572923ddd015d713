"""The record: every run's settings, state and metrics in a database, and its weights in files."""

import os
from functools import lru_cache
from pathlib import Path

import sqlalchemy as sa

from vae.runs.database import DatabaseError, StoreError
from vae.runs.run import Metrics, Run, Validation
from vae.runs.store import RunNotFoundError, Store

__all__ = [
    "DatabaseError",
    "Metrics",
    "Run",
    "RunNotFoundError",
    "Store",
    "StoreError",
    "Validation",
    "folder",
    "location",
    "open_store",
]

DEFAULT_FOLDER = Path(__file__).parents[2] / "runs"


def folder() -> Path:
    """The record's folder: `VAE_LAB_ARTIFACTS`, or `runs/` in the project if that is not set."""
    return Path(os.environ.get("VAE_LAB_ARTIFACTS") or DEFAULT_FOLDER).expanduser().absolute()


def location() -> tuple[Path, str | sa.URL]:
    """The folder, and the database's address: `VAE_LAB_DATABASE_URL`, or an SQLite file in it if that is not set."""
    # Put together, not written as text: a folder may have a ? or % in its name.
    file = sa.URL.create("sqlite", database=str(folder() / "vae-lab.sqlite3"))
    return folder(), os.environ.get("VAE_LAB_DATABASE_URL") or file


def open_store(patience: float = 10.0) -> Store:
    """The record that the environment names, opened once a process.

    Args:
        patience: seconds to wait for a lock that another process holds on the database.

    Raises:
        StoreError: the folder or the database cannot be used.
    """
    return _open(*location(), patience)


@lru_cache(maxsize=4)
def _open(place: Path, url: str | sa.URL, patience: float) -> Store:
    return Store(place, url, patience)
