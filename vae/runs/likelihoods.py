"""The estimates of a model's likelihood in the record: how far each is, and what it came to."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import sqlalchemy as sa

from vae.runs.store import Store, StoreError
from vae.runs.tables import likelihoods


@dataclass(frozen=True)
class Estimate:
    """One estimate; times are seconds since 1970.

    Attributes:
        run: the run's id.
        step: optimizer steps of the model that is tested.
        samples: codes for each image.
        images: test images wanted.
        done: test images so far.
        total: the sum of log p(x) over them, nats.
        squares: the sum of its squares.
        state: running, stopped or finished.
        stop_asked: when somebody asked it to stop.
        pid: of its process.
        pid_created: when that began.
    """

    run: str
    step: int
    samples: int
    images: int
    done: int
    total: float
    squares: float
    state: str
    stop_asked: float | None
    pid: int | None
    pid_created: float | None

    @property
    def nll(self) -> float:
        """The estimate of -log p(x), nats an image, mean over the images so far."""
        return -self.total / self.done

    @property
    def standard_error(self) -> float:
        """Of that mean, for the choice of the images."""
        variance = max(self.squares / self.done - self.nll**2, 0.0)
        return math.sqrt(variance / max(self.done - 1, 1))


def find(store: Store, run: str, step: int, samples: int, images: int) -> Estimate | None:
    """The estimate with these settings, if one was ever begun."""
    found = (each for each in of_run(store, run) if (each.step, each.samples, each.images) == (step, samples, images))
    return next(found, None)


def of_run(store: Store, run: str) -> list[Estimate]:
    """All estimates of a run, the newest first."""
    return _read(store, sa.select(likelihoods).where(likelihoods.c.run == run).order_by(likelihoods.c.created.desc()))


def running(store: Store) -> list[Estimate]:
    """The estimates of all runs that a process works on, or that it died at."""
    return _read(store, sa.select(likelihoods).where(likelihoods.c.state == "running"))


def _read(store: Store, query: sa.Select) -> list[Estimate]:
    with store.begin() as connection:
        rows = connection.execute(query).all()
    return [Estimate(**{field.name: getattr(row, field.name) for field in fields(Estimate)}) for row in rows]


def begin(
    store: Store, key: tuple[str, int, int, int], pid: int, pid_created: float, alive: Callable[[Estimate], bool]
) -> Estimate:
    """Makes an estimate, or takes it up where it was broken off, for the process that calls.

    Args:
        store: the record.
        key: run, step, samples and images.
        pid: of the process.
        pid_created: when it began.
        alive: whether another process works on an estimate.

    Raises:
        StoreError: another process works on it.
    """
    found = find(store, *key)
    owner = {"state": "running", "stop_asked": None, "pid": pid, "pid_created": pid_created}
    if found is None:
        row = dict(zip(("run", "step", "samples", "images"), key, strict=True))
        with store.begin() as connection:
            connection.execute(likelihoods.insert().values(**row, **owner, created=time.time()))
    elif found.state == "running" and alive(found):
        raise StoreError("Another process estimates this already; wait for it or stop it first.")
    elif found.state != "finished":
        update(store, key, **owner)
    again = find(store, *key)
    assert again
    return again


def ask_stop(store: Store, key: tuple[str, int, int, int]) -> None:
    """Asks the process that works on an estimate to stop after the images under way."""
    update(store, key, stop_asked=time.time())


def update(store: Store, key: tuple[str, int, int, int], **values: Any) -> None:
    """Sets columns of the estimate with the key (run, step, samples, images)."""
    columns = (likelihoods.c.run, likelihoods.c.step, likelihoods.c.samples, likelihoods.c.images)
    chosen = likelihoods.update().where(*(column == value for column, value in zip(columns, key, strict=True)))
    with store.begin() as connection:
        connection.execute(chosen.values(**values))
