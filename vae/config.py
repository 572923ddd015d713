"""The settings of one training, and presets of them.

`RunConfig` is the one table of settings: the form, the terminal's `--set`, the URL and the README's table
are made from its fields.
"""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo

PIXELS = 28 * 28


class ConfigError(ValueError):
    """A setting that cannot be used; the message is one sentence that names it, its value and what is allowed."""


class RunConfig(BaseModel):
    """What is trained: data, model, objective and optimizer. Two runs with equal configs are the same experiment.

    The training loop is not part of it, so that a race is one config trained by several loops.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    dataset: Literal["mnist", "fashion_mnist"] = Field(
        default="mnist",
        title="Dataset",
        description="The images to learn. MNIST comes with the app; Fashion-MNIST is downloaded once, when first used.",
    )
    images: int = Field(
        default=60_000,
        ge=64,
        le=60_000,
        title="Training images",
        description="How many images to train on, from the start of the training set. Fewer is faster and blurrier.",
        json_schema_extra={"unit": "images"},
    )
    epochs: int = Field(
        default=3,
        ge=1,
        le=500,
        title="Epochs",
        description="How many times the training sees every image.",
        json_schema_extra={"unit": "passes"},
    )
    batch_size: int = Field(
        default=64,
        ge=1,
        le=4096,
        title="Batch size",
        description="How many images make one optimizer step. Smaller batches mean more, noisier steps.",
        json_schema_extra={"unit": "images"},
    )
    learning_rate: float = Field(
        default=1e-3,
        gt=0,
        le=1,
        title="Learning rate",
        description="How far one Adam step moves the weights. Too high diverges, too low learns slowly.",
    )
    intermediate_dim: int = Field(
        default=64,
        ge=1,
        le=2048,
        title="Hidden units",
        description="The width of the dense layer in the encoder, and of its mirror in the decoder.",
        json_schema_extra={"unit": "units"},
    )
    latent_dim: int = Field(
        default=32,
        ge=1,
        le=256,
        title="Latent dimension",
        description="How many numbers the model may use to describe an image. Two can be drawn as a map.",
        json_schema_extra={"unit": "units"},
    )
    kl_reduction: Literal["mean", "sum"] = Field(
        default="mean",
        title="KL over units",
        description="How the KL terms of the latent units become one number: their mean, as in the tutorial (which "
        "makes the model collapse), or their sum divided by the 784 pixels, which fits an error averaged over pixels.",
    )
    kl_weight: float = Field(
        default=1.0,
        ge=0,
        le=1000,
        title="KL weight",
        description="A factor on the KL term. Below 1 the codes may carry more about the image; 0 leaves a plain "
        "autoencoder with noise.",
    )
    seed: int = Field(
        default=0,
        ge=0,
        le=2**31 - 1,
        title="Seed",
        description="Fixes first weights, order of the images and noise: the same seed gives the same training.",
    )
    weights_shift: int = Field(
        default=0,
        ge=0,
        le=1000,
        title="Seed shift, weights",
        description="Added to the seed for the first weights alone: a change shows what other first weights do.",
    )
    order_shift: int = Field(
        default=0,
        ge=0,
        le=1000,
        title="Seed shift, order",
        description="Added to the seed for the order of the images alone: a change is another shuffle.",
    )
    noise_shift: int = Field(
        default=0,
        ge=0,
        le=1000,
        title="Seed shift, noise",
        description="Added to the seed for the draws of z alone: a change is other noise.",
    )
    compiler: Literal["auto", "graph", "xla"] = Field(
        default="auto",
        title="Compiler",
        description="What the scanned loop runs as: a graph starts at once, XLA takes seconds to compile and is then "
        "faster, auto takes whichever should be done sooner. The other loops do not use it.",
    )
    steps_per_execution: int = Field(
        default=1,
        ge=1,
        le=100,
        title="Steps per execution",
        description="How many steps fit() makes before it comes back to Python. More is faster; the other loops do "
        "not use it.",
        json_schema_extra={"unit": "steps"},
    )

    @property
    def steps_per_epoch(self) -> int:
        """Optimizer steps in one epoch; the last one may see a smaller batch."""
        return -(-self.images // self.batch_size)

    @property
    def steps(self) -> int:
        """Optimizer steps of the whole training."""
        return self.epochs * self.steps_per_epoch

    def replicate(self, number: int) -> "RunConfig":
        """The same with the seed that comes `number` later; after the largest comes 0."""
        return self.model_copy(update={"seed": (self.seed + number) % 2**31})

    @property
    def step_flops(self) -> float:
        """Floating-point operations of one step: forward and backward cost some 6 a weight and image."""
        weights = 2 * PIXELS * self.intermediate_dim + 3 * self.intermediate_dim * self.latent_dim
        return 6.0 * weights * self.batch_size


# These change how fast a training runs, and its last digits, but not what is trained.
EXECUTION = ("compiler", "steps_per_execution")


class Preset(BaseModel):
    """A config that is known for something."""

    model_config = ConfigDict(frozen=True)

    title: str
    comment: str
    config: RunConfig


PRESETS: dict[str, Preset] = {
    "tutorial": Preset(
        title="Tutorial",
        comment="The Keras guide's model, as printed there. Its loss settles near .067 because it learns to answer the "
        "mean digit to everything: watch the KL go to zero.",
        config=RunConfig(),
    ),
    "kl-fixed": Preset(
        title="Tutorial with the KL fixed",
        comment="The same model with the KL summed over units instead of averaged. All 32 units come alive, and the "
        "reconstructions become digits.",
        config=RunConfig(kl_reduction="sum"),
    ),
    "two-d": Preset(
        title="2-D latent space",
        comment="Two latent units, so that the whole latent space fits on a map. Blurrier digits, but you can see "
        "where each one lives.",
        config=RunConfig(latent_dim=2, kl_reduction="sum", epochs=5),
    ),
}


def preset_of(config: RunConfig) -> Preset | None:
    """The preset whose settings these are, if there is one."""
    return next((preset for preset in PRESETS.values() if preset.config == config), None)


def field_title(name: str) -> str:
    """The label that people see for the field `name`, e.g. "Latent dimension"."""
    return RunConfig.model_fields[name].title or name


def choices(field: FieldInfo) -> tuple[str, ...] | None:
    """The values a `Literal` field may take, or None for a number."""
    return getattr(field.annotation, "__args__", None)


def bounds(field: FieldInfo) -> dict[str, float]:
    """The limits of a numeric field, under pydantic's names: any of `gt`, `ge`, `lt`, `le`."""
    limits = {}
    for rule in field.metadata:
        for name in ("gt", "ge", "lt", "le"):
            if hasattr(rule, name):
                limits[name] = getattr(rule, name)
    return limits


def allowed(name: str) -> str:
    """What the field `name` accepts, in words: "a whole number from 1 to 500"."""
    field = RunConfig.model_fields[name]
    if values := choices(field):
        return "one of " + ", ".join(values)
    limits = bounds(field)
    kind = "a whole number" if field.annotation is int else "a number"
    low = f"above {limits['gt']:g} and" if "gt" in limits else f"from {_plain(limits['ge'])}"
    return f"{kind} {low} {'up ' if 'gt' in limits else ''}to {_plain(limits['le'])}"


def parse_config(values: Mapping[str, Any], base: RunConfig | None = None) -> RunConfig:
    """The config that `base` becomes with `values` set, each given as a number or as text.

    Args:
        values: settings by field name, from a form, a URL, a flag or a file.
        base: the config to change; the tutorial's if not given.

    Raises:
        ConfigError: a name or a value that is not allowed.
    """
    for name in values:
        if name not in RunConfig.model_fields:
            raise ConfigError(
                f"There is no setting {name!r:.60}; the settings are {', '.join(RunConfig.model_fields)}."
            )
    try:
        return RunConfig.model_validate({**(base or RunConfig()).model_dump(), **values})
    except ValidationError as error:
        name = str(error.errors()[0]["loc"][0])
        raise ConfigError(f"{name} = {values.get(name)!s:.60} is not possible: it must be {allowed(name)}.") from None


def _plain(number: float) -> str:
    return f"{number:,.0f}".replace(",", " ") if number >= 10_000 else f"{number:g}"
