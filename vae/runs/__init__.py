"""The record: every run's settings, state and metrics in a database, and its weights in files."""

import os
from functools import lru_cache
from pathlib import Path

import sqlalchemy as sa

from vae.runs.run import Metrics, Run, Validation
from vae.runs.store import RunNotFoundError, Store, StoreError

__all__ = ["Metrics", "Run", "RunNotFoundError", "Store", "StoreError", "Validation", "open_store"]

DEFAULT_FOLDER = Path(__file__).parents[2] / "runs"


def open_store() -> Store:
    """The record that the environment names, opened once a process.

    `VAE_LAB_ARTIFACTS` is the folder of the weights (`runs/` in the project if not set); `VAE_LAB_DATABASE_URL` is the
    database (an SQLite file in that folder if not set).

    Raises:
        StoreError: the folder or the database cannot be used.
    """
    folder = Path(os.environ.get("VAE_LAB_ARTIFACTS") or DEFAULT_FOLDER).expanduser().absolute()
    # Put together, not written as text: a folder may have a ? or % in its name.
    file = sa.URL.create("sqlite", database=str(folder / "vae-lab.sqlite3"))
    return _open(folder, os.environ.get("VAE_LAB_DATABASE_URL") or file)


@lru_cache(maxsize=4)
def _open(folder: Path, url: str | sa.URL) -> Store:
    return Store(folder, url)
