"""The settings of one training.

`RunConfig` is the one table of settings: the form, the terminal's `--set`, the URL and the README's table
are made from its fields.
"""

from itertools import pairwise
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

PIXELS = 28 * 28
BUILT_IN = ("mnist", "fashion_mnist")
# What somebody uploaded: the beginning of its content's hash.
OWN = "own-[0-9a-f]{16}"
# Multiplications an image of the layers with filters: outputs times inputs of each.
CONV_ENCODER = 14 * 14 * 32 * 9 + 7 * 7 * 64 * 9 * 32
CONV_DECODER = 7 * 7 * 64 * 9 * 64 + 14 * 14 * 64 * 9 * 32 + PIXELS * 9 * 32


class RunConfig(BaseModel):
    """What is trained: data, model, objective and optimizer. Two runs with equal configs are the same experiment.

    The training loop is not part of it, so that a race is one config trained by several loops.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    dataset: str = Field(
        default="mnist",
        pattern=f"^({'|'.join(BUILT_IN)}|{OWN})$",
        title="Dataset",
        description="The images to learn. MNIST comes with the app; Fashion-MNIST is downloaded once, when first used; "
        "images of your own are uploaded on the Train page.",
        json_schema_extra={"choices": list(BUILT_IN), "also": "own- with 16 digits for images uploaded here"},
    )
    images: int = Field(
        default=60_000,
        ge=64,
        le=70_000,
        title="Training images",
        description="How many images to train on, from the start of the training set. Fewer is faster and blurrier; "
        "above 60 000 the test images are trained on, too, as some published figures were made.",
        json_schema_extra={"unit": "images"},
    )
    inputs: Literal["grey", "dynamic", "threshold"] = Field(
        default="grey",
        title="Inputs",
        description="What the model sees: grey pixels, black and white ones drawn anew in every epoch with the grey as "
        "their probability (dynamic), or white above one half (threshold).",
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
    schedule: Literal["constant", "cosine", "burda"] = Field(
        default="constant",
        title="Schedule",
        description="How the learning rate goes on: unchanged, down to 0 along a cosine, or in the eight ever longer "
        "and smaller steps of Burda et al. (2015), stretched over the epochs.",
    )
    clip_norm: float = Field(
        default=0.0,
        ge=0,
        le=1e6,
        title="Gradient clipping",
        description="The largest norm of all gradients together; longer ones are shortened to it. 0 leaves them as "
        "they are.",
    )
    network: Literal["dense", "conv"] = Field(
        default="dense",
        title="Network",
        description="Dense layers, as in the tutorial, or the convolutional encoder and decoder of the Keras examples, "
        "which is slower and draws finer digits.",
    )
    intermediate_dim: int = Field(
        default=64,
        ge=1,
        le=2048,
        title="Hidden units",
        description="The width of the dense layer in the encoder, and of its mirror in the decoder.",
        json_schema_extra={"unit": "units"},
    )
    more_layers: str = Field(
        default="",
        pattern=r"^(\d{1,4}(-\d{1,4}){0,4})?$",
        title="Further layers",
        description="The widths of further dense layers of the encoder, such as 200 or 400-200; the decoder mirrors "
        "them. Empty: there are none.",
    )
    activation: Literal["relu", "tanh", "elu", "softplus"] = Field(
        default="relu",
        title="Activation",
        description="What bends the hidden units' answers: relu cuts off below zero, the others bend smoothly.",
    )
    latent_dim: int = Field(
        default=32,
        ge=1,
        le=256,
        title="Latent dimension",
        description="How many numbers the model may use to describe an image. Two can be drawn as a map.",
        json_schema_extra={"unit": "units"},
    )
    likelihood: Literal["mse", "gaussian", "learned_gaussian", "bernoulli"] = Field(
        default="mse",
        title="Reconstruction",
        description="How a reconstruction is judged: mean squared error a pixel, as in the tutorial, or nats an image "
        "of a Gaussian with a given or a learned sigma, or of a Bernoulli distribution, which suits ink or no ink.",
    )
    sigma: float = Field(
        default=0.2,
        ge=0.001,
        le=10,
        title="Sigma",
        description="The Gaussian's spread around the reconstruction, in units of the grey scale: where a learned one "
        "begins. Smaller asks for sharper copies. The other reconstructions do not use it.",
    )
    kl_reduction: Literal["mean", "sum"] = Field(
        default="mean",
        title="KL over units",
        description="How the KL terms of the latent units become one number: their mean, as in the tutorial (which "
        "makes the model collapse), or their sum, the true KL; beside an error a pixel it is divided by the pixels.",
    )
    kl_weight: float = Field(
        default=1.0,
        ge=0,
        le=1000,
        title="KL weight",
        description="A factor on the KL term. Below 1 the codes may carry more about the image; 0 leaves a plain "
        "autoencoder with noise.",
    )
    warm_up: Literal["none", "linear", "cyclical"] = Field(
        default="none",
        title="KL warm-up",
        description="Whether the KL's weight grows from 0 while the training begins, once (linear) or again and again "
        "(cyclical, Fu et al. 2019), so that the codes are in use before they cost anything.",
    )
    warm_up_epochs: int = Field(
        default=10,
        ge=1,
        le=500,
        title="Warm-up epochs",
        description="How long a linear warm-up takes, or one cycle of a cyclical one, which climbs in its first half.",
        json_schema_extra={"unit": "passes"},
    )
    free_bits: float = Field(
        default=0.0,
        ge=0,
        le=10,
        title="Free bits",
        description="The nats that each unit may carry without paying for them (Kingma et al. 2016). More keeps units "
        "from falling silent.",
        json_schema_extra={"unit": "nats"},
    )
    bound: Literal["elbo", "iwae"] = Field(
        default="elbo",
        title="Bound",
        description="What is maximized: the evidence lower bound, or the tighter importance-weighted one of Burda et "
        "al. (2015), which weighs several samples of the code against each other.",
    )
    samples: int = Field(
        default=1,
        ge=1,
        le=64,
        title="Samples of z",
        description="How many codes are drawn for each image and step. More is slower and less noisy.",
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
    def widths(self) -> tuple[int, ...]:
        """The units of the encoder's hidden layers, in their order."""
        return (self.intermediate_dim, *map(int, filter(None, self.more_layers.split("-"))))

    @property
    def per_pixel(self) -> bool:
        """Whether the loss is averaged over pixels; else it is nats an image."""
        return self.likelihood == "mse"

    @property
    def step_flops(self) -> float:
        """Floating-point operations of one step: forward and backward cost some 6 a weight and image."""
        layers = [PIXELS, *self.widths]
        weights = sum(a * b for a, b in pairwise(layers))
        encoder, decoder = weights + 2 * layers[-1] * self.latent_dim, weights + layers[-1] * self.latent_dim
        if self.network == "conv":
            encoder, decoder = encoder + CONV_ENCODER, decoder + CONV_DECODER
        return 6.0 * (encoder + self.samples * decoder) * self.batch_size

    @model_validator(mode="after")
    def _fits_together(self) -> "RunConfig":
        if any(not 1 <= width <= 2048 for width in self.widths):
            raise ValueError(f"more_layers = {self.more_layers} is not possible: each width must be from 1 to 2048.")
        if self.bound == "iwae" and (
            self.per_pixel or self.kl_reduction != "sum" or self.free_bits or self.samples == 1
        ):
            raise ValueError(
                "bound = iwae is not possible with these settings: it needs a gaussian, learned_gaussian or bernoulli "
                "reconstruction, kl_reduction = sum, free_bits = 0 and 2 samples or more (with one it is the elbo)."
            )
        return self


# These change how fast a training runs, and its last digits, but not what is trained.
EXECUTION = ("compiler", "steps_per_execution")
