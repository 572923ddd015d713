"""The record: every run's settings, state and metrics in a database, and its weights in files."""

import os
from functools import lru_cache
from pathlib import Path

from vae.runs.run import Metrics, Run, Validation
from vae.runs.store import RunNotFoundError, Store, StoreError

__all__ = ["Metrics", "Run", "RunNotFoundError", "Store", "StoreError", "Validation", "folder", "open_store"]

DEFAULT_FOLDER = Path(__file__).parents[2] / "runs"


def folder() -> Path:
    """The record's folder: `VAE_LAB_ARTIFACTS`, or `runs/` in the project if that is not set."""
    return Path(os.environ.get("VAE_LAB_ARTIFACTS") or DEFAULT_FOLDER).expanduser().absolute()


def open_store() -> Store:
    """The record that the environment names, opened once a process.

    `folder` is where the weights are; `VAE_LAB_DATABASE_URL` is the database (an SQLite file there if not set).

    Raises:
        StoreError: the folder or the database cannot be used.
    """
    return _open(folder(), os.environ.get("VAE_LAB_DATABASE_URL") or f"sqlite:///{folder() / 'vae-lab.sqlite3'}")


@lru_cache(maxsize=4)
def _open(place: Path, url: str) -> Store:
    return Store(place, url)
