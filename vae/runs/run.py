"""What the record says of a run: its row, its metrics and validations, its id and its name."""

import re
import uuid
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vae.config import RunConfig

ACTIVE = ("queued", "running")
ENDED = ("finished", "failed", "stopped", "paused", "lost")
RESUMABLE = ("failed", "stopped", "paused", "lost")
TESTING = "Testing"
MAX_NAME = 80


@dataclass(frozen=True)
class Run:
    """One row of the record; times are seconds since 1970.

    Attributes:
        state: queued, running, finished, failed, stopped, paused or lost.
        phase: what a running run is doing, in a few words.
        step: optimizer steps recorded so far.
        race: an id shared by the runs of one race.
        result: what `vae.evaluation.evaluate` found on the test images at the end.
        heartbeat: when the worker last showed life.
        pause_asked: whether the stop that was asked for is a pause.
        resumes: how often it was taken up again by itself, since somebody asked for it.
        pinned: whether it is kept when room is made for others.
        visitor: who started it, as a digest that says nothing else; None for the terminal.
    """

    id: str
    name: str
    loop: str
    race: str | None
    config: RunConfig
    state: str
    phase: str
    step: int
    error: str | None
    environment: dict[str, str] | None
    result: dict[str, Any] | None
    created: float
    started: float | None
    ended: float | None
    heartbeat: float | None
    stop_asked: float | None
    pause_asked: bool
    pid: int | None
    pid_created: float | None
    resumes: int
    pinned: bool
    visitor: str | None

    @property
    def active(self) -> bool:
        """Whether it still waits or trains."""
        return self.state in ACTIVE


class Metrics(NamedTuple):
    """The raw record of some optimizer steps, in their order; every array is [n].

    Attributes:
        step: int64, counted from 0 over the whole run.
        epoch: int64, counted from 0.
        batch_size: int64, images in the step's batch.
        loss: float64, of the batch, as are the two terms that it is the sum of.
        reconstruction: float64.
        kl: float64.
        seconds: float64, wall time since the training began.
    """

    step: NDArray[np.int64]
    epoch: NDArray[np.int64]
    batch_size: NDArray[np.int64]
    loss: NDArray[np.float64]
    reconstruction: NDArray[np.float64]
    kl: NDArray[np.float64]
    seconds: NDArray[np.float64]


class Validation(NamedTuple):
    """A model's figures on the first 1,000 test images after `step` optimizer steps.

    Attributes:
        step: optimizer steps done.
        error: squared difference a pixel of the answers to one draw of z each.
        active_units: units in use, see `vae.latent.active_units`.
        kl: nats a unit, [latent_dim], mean over the images.
        mutual_information: between an image's number and its code, nats; at most log 1,000 = 6.9.
        reconstruction_variance: of the decoded means across the images, mean over pixels; None if an older version of
            the program trained the run.
    """

    step: int
    error: float
    active_units: int
    kl: list[float]
    mutual_information: float
    reconstruction_variance: float | None = None

    @property
    def total_kl(self) -> float:
        """Nats an image."""
        return sum(self.kl)

    @property
    def aggregate_kl(self) -> float:
        """KL from the mean of all codes' distributions to the prior, nats.

        What the mutual information leaves of the KL (Hoffman and Johnson 2016, "ELBO surgery").
        """
        return self.total_kl - self.mutual_information


def new_id() -> str:
    """A new id for a run or a race: 32 hex digits."""
    return uuid.uuid4().hex


def is_id(text: str) -> bool:
    """Whether `text` is shaped like an id."""
    return re.fullmatch("[0-9a-f]{32}", text) is not None


def clean_name(name: str) -> str:
    """A name as it is kept: one line of printable characters, at most 80."""
    return " ".join("".join(c if c.isprintable() else " " for c in name).split())[:MAX_NAME].strip()
