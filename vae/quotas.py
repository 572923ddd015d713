"""What a host allows its visitors: read here alone from variables of the environment. The terminal has no quotas."""

import os

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vae import footprint
from vae.access import HostSettingError, NotAllowedError
from vae.config import RunConfig

GB = 10**9


class QuotaError(NotAllowedError):
    """More was asked for than the host allows; the message is one sentence with both numbers."""


class Quotas(BaseModel):
    """The most that a host allows; None is no limit. The defaults are far from what a learner needs."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    epochs: int | None = Field(default=None, ge=1, alias="VAE_LAB_MAX_EPOCHS")
    weights: int | None = Field(default=None, ge=1, alias="VAE_LAB_MAX_WEIGHTS")
    memory_mb: int | None = Field(default=None, ge=1, alias="VAE_LAB_MAX_MEMORY_MB")
    queued: int = Field(default=100, ge=1, alias="VAE_LAB_MAX_QUEUED")
    queued_in_all: int = Field(default=500, ge=1, alias="VAE_LAB_MAX_QUEUED_IN_ALL")
    estimates: int = Field(default=4, ge=1, alias="VAE_LAB_MAX_ESTIMATES")
    disk_gb: float | None = Field(default=None, gt=0, alias="VAE_LAB_MAX_DISK_GB")
    seconds: float | None = Field(default=None, gt=0, alias="VAE_LAB_MAX_SECONDS")

    def too_large(self, config: RunConfig) -> str:
        """What of a training is more than a host allows, a sentence with both numbers, or ""."""
        weights, memory = footprint.weights(config), footprint.memory_mb(config)
        if self.epochs is not None and config.epochs > self.epochs:
            return f"{config.epochs:,} epochs are more than this host allows: at most {self.epochs:,}."
        if self.weights is not None and weights > self.weights:
            return (
                f"This network has {weights:,} weights and this host allows at most {self.weights:,}; fewer or "
                "narrower layers make it smaller."
            )
        if self.memory_mb is not None and memory > self.memory_mb:
            return (
                f"This training would take about {memory:,} MB of memory and this host allows at most "
                f"{self.memory_mb:,} MB; smaller batches, fewer images or a smaller network take less."
            )
        return ""

    def too_many(self, asked: int, own: int, in_all: int) -> str:
        """Why some more runs cannot wait for their turn, a sentence with the numbers, or "".

        Args:
            asked: how many more.
            own: the visitor's own runs that wait or train.
            in_all: everybody's.
        """
        runs = f"{asked} run{'s' if asked > 1 else ''}"
        if own + asked > self.queued:
            return (
                f"You asked for {runs} and have {own} that wait or train; this host allows a visitor at most "
                f"{self.queued:,} at once."
            )
        if in_all + asked > self.queued_in_all:
            return (
                f"You asked for {runs} and {in_all:,} wait or train here already; this host allows at most "
                f"{self.queued_in_all:,} at once."
            )
        return ""

    def too_much_disk(self, needed: int, promised: int) -> str:
        """Why there will be no room on the disk for some more runs, a sentence with the numbers, or "".

        Args:
            needed: bytes that they will take.
            promised: bytes that cannot be made free: of pinned runs, and of those that wait or train.
        """
        if self.disk_bytes is None or needed + promised <= self.disk_bytes:
            return ""
        return (
            f"This would take about {needed / GB:.3g} GB of disk; this host allows {self.disk_gb:g} GB for all runs, "
            f"of which {promised / GB:.3g} GB are pinned or will be filled by what waits and trains."
        )

    @property
    def disk_bytes(self) -> float | None:
        """The most bytes that all runs together may take."""
        return None if self.disk_gb is None else self.disk_gb * GB


def read() -> Quotas:
    """The host's quotas.

    Raises:
        HostSettingError: a variable has a value that is not possible.
    """
    names = [str(field.alias) for field in Quotas.model_fields.values()]
    values = {name: os.environ[name] for name in names if os.environ.get(name)}
    try:
        return Quotas.model_validate(values)
    except ValidationError as error:
        name = str(error.errors()[0]["loc"][0])
        kind = "a number above 0" if name in ("VAE_LAB_MAX_DISK_GB", "VAE_LAB_MAX_SECONDS") else "a whole number from 1"
        raise HostSettingError(f"{name} = {values[name]:.60} is not possible: it must be {kind}.") from None
