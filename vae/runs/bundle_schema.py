"""What stands in a bundle's `bundle.json`, by strict types, and what must fit together in it."""

from collections.abc import Callable
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import from_json

from vae.config import RunConfig
from vae.runs.archive import BundleError
from vae.runs.run import MAX_NAME, Metrics, clean_name
from vae.runs.shapes import Shapes

FORMAT, VERSION = "vae-lab-bundle", 1
MAX_JSON = 16 << 20
METRICS = "metrics.npz"

Id = Annotated[str, Field(pattern="^[0-9a-f]{32}$")]
# From 2000 to 2100, in seconds since 1970.
Time = Annotated[float, Field(ge=946_684_800, le=4_102_444_800)]
Word = Annotated[str, Field(max_length=200)]
Count = Annotated[int, Field(ge=0, le=2**31 - 1)]
# A page shows it as Markdown, so it has no sign that means something there.
Sentence = Annotated[str, Field(max_length=300, pattern=r"^[\w ,.:;%'-]*$")]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)


class Result(_Strict):
    """What `vae.evaluation.evaluate` found; see there."""

    reconstruction: float
    mean_image: float
    pca: float | None = None
    kl: float
    active_units: Count
    units: Count
    reconstruction_variance: float
    images: Count
    bound: float | None = None
    verdict: Sentence


class BundledRun(_Strict):
    """A run that has ended; see `vae.runs.run.Run`."""

    id: Id
    name: Annotated[str, Field(max_length=MAX_NAME)]
    loop: Annotated[str, Field(pattern="^[a-z_]{1,32}$")]
    race: Id | None
    config: RunConfig
    state: Literal["finished", "stopped"]
    step: Annotated[int, Field(ge=1)]
    environment: Annotated[dict[Word, Word], Field(max_length=40)] | None
    result: Result | None
    created: Time
    started: Time | None
    ended: Time | None


class BundledValidation(_Strict):
    """A row of the validations; see `vae.runs.run.Validation`."""

    step: Count
    error: float
    active_units: Count
    kl: Annotated[list[float], Field(max_length=256)]
    mutual_information: float
    reconstruction_variance: float | None = None


class BundledEstimate(_Strict):
    """An estimate of the likelihood; see `vae.runs.likelihoods.Estimate`."""

    step: Count
    samples: Annotated[int, Field(ge=1, le=100_000)]
    images: Annotated[int, Field(ge=1, le=70_000)]
    done: Annotated[int, Field(ge=1)]
    total: float
    squares: Annotated[float, Field(ge=0)]
    created: Time


class Document(_Strict):
    """The whole of `bundle.json`; `members` has the SHA-256 of every other member."""

    format: Literal["vae-lab-bundle"] = FORMAT
    version: Literal[1] = VERSION
    run: BundledRun
    validations: Annotated[list[BundledValidation], Field(max_length=1000)]
    likelihoods: Annotated[list[BundledEstimate], Field(max_length=1000)]
    weights: Annotated[list[Count], Field(min_length=1, max_length=1000)]
    members: Annotated[dict[str, Annotated[str, Field(pattern="^[0-9a-f]{64}$")]], Field(max_length=1001)]


def weights_member(step: int) -> str:
    """The name of the member with the weights after `step` optimizer steps."""
    return f"step-{step:09}.npz"


def read(content: bytes) -> Document:
    """The document of a `bundle.json`.

    Raises:
        BundleError: it is not valid, of another version, or its parts do not fit together.
    """
    try:
        found = from_json(content)
    except ValueError:
        raise BundleError("bundle.json in the bundle is damaged.") from None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise BundleError("This file is no bundle of VAE Lab.")
    if found.get("version") != VERSION:
        raise BundleError(
            f"The bundle has version {found.get('version')!r:.20} and this program reads version {VERSION}."
        )
    return checked(lambda: Document.model_validate_json(content))


def checked(make: Callable[[], Document]) -> Document:
    """The document that `make()` returns, whose parts fit together.

    Raises:
        BundleError: they do not, or a value is not possible.
    """
    try:
        document = make()
    except ValidationError as error:
        first = error.errors()[0]
        place = clean_name(".".join(str(part) for part in first["loc"]))
        said = clean_name(first["msg"].removeprefix("Value error, ")).rstrip(".")
        raise BundleError(f"{place or 'bundle.json'} in the bundle is not possible: {said}.") from None
    if fault := _fault(document):
        raise BundleError(f"The bundle contradicts itself: {fault}.")
    return document


def _fault(document: Document) -> str | None:
    run, validations = document.run, document.validations
    tested = [each.step for each in validations]
    estimates = [(each.step, each.samples, each.images) for each in document.likelihoods]
    names = {METRICS, *(weights_member(step) for step in document.weights)}
    faults = {
        "its step does not fit its state": run.step > run.config.steps
        or (run.state == "finished" and run.step < run.config.steps),
        "the moments of its weights are in no order": not _ascend(document.weights),
        "its weights are later than its last step": document.weights[-1] > run.step,
        "its validations are in no order": not _ascend(tested) or any(step > run.step for step in tested),
        "its latent units are not those of its settings": any(
            len(each.kl) != run.config.latent_dim or each.active_units > run.config.latent_dim for each in validations
        )
        or (run.result is not None and not run.result.active_units <= run.result.units == run.config.latent_dim),
        "a squared error has no likelihood": bool(estimates) and run.config.per_pixel,
        "its likelihoods are of other steps or images": len(set(estimates)) < len(estimates)
        or any(each.step > run.step or each.done > each.images for each in document.likelihoods),
        "its members are not those that belong to it": set(document.members) != names,
    }
    return next((fault for fault, found in faults.items() if found), None)


def _ascend(steps: list[int]) -> bool:
    return all(a < b for a, b in zip(steps, steps[1:], strict=False))


def metric_shapes(step: int) -> Shapes:
    """The arrays of the metrics of `step` steps."""
    whole = ("step", "epoch", "batch_size")
    return {name: ((step,), "int64" if name in whole else "float64") for name in Metrics._fields}


def check_metrics(metrics: Metrics, config: RunConfig) -> Metrics:
    """The metrics, if they are those of consecutive steps of a training with `config`.

    Raises:
        BundleError: they are not.
    """
    steps = np.arange(len(metrics.step))
    place = steps % config.steps_per_epoch
    sizes = np.minimum(config.batch_size, config.images - place * config.batch_size)
    right = _equal(metrics.step, steps) and _equal(metrics.epoch, steps // config.steps_per_epoch)
    if not right or not _equal(metrics.batch_size, sizes):
        raise BundleError("The steps of the bundle's metrics are not those of its settings.")
    if metrics.seconds[0] < 0 or (np.diff(metrics.seconds) < 0).any():
        raise BundleError("The times of the bundle's metrics run backwards.")
    return metrics


def _equal(a: NDArray, b: NDArray) -> bool:
    return bool((a == b).all())
