"""The record: every run's settings, state and metrics in a database, and its weights in files."""

import os
from functools import lru_cache
from pathlib import Path

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
    "location",
    "open_store",
]

DEFAULT_FOLDER = Path(__file__).parents[2] / "runs"


def open_store(patience: float = 10.0) -> Store:
    """The record that the environment names, opened once a process.

    Args:
        patience: seconds to wait for a lock that another process holds on the database.

    Raises:
        StoreError: the folder or the database cannot be used.
    """
    return _open(*location(), patience)


def location() -> tuple[Path, str]:
    """The folder and the database's address that the environment names.

    `VAE_LAB_ARTIFACTS` is the folder of the weights (`runs/` in the project if not set); `VAE_LAB_DATABASE_URL` is the
    database (an SQLite file in that folder if not set).
    """
    folder = Path(os.environ.get("VAE_LAB_ARTIFACTS") or DEFAULT_FOLDER).expanduser().absolute()
    return folder, os.environ.get("VAE_LAB_DATABASE_URL") or f"sqlite:///{folder / 'vae-lab.sqlite3'}"


@lru_cache(maxsize=4)
def _open(folder: Path, url: str, patience: float) -> Store:
    return Store(folder, url, patience)
