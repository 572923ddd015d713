"""Settings that are known for something."""

from pydantic import BaseModel, ConfigDict

from vae.config import RunConfig


class Preset(BaseModel):
    """A config that is known for something."""

    model_config = ConfigDict(frozen=True)

    title: str
    comment: str
    config: RunConfig


BERNOULLI = RunConfig(likelihood="bernoulli", kl_reduction="sum")
# Burda et al. 2015, section 5: one stochastic layer. Their 3,280 epochs of batches of 20 are shortened.
BURDA = BERNOULLI.model_copy(
    update={
        "inputs": "dynamic",
        "intermediate_dim": 200,
        "more_layers": "200",
        "activation": "tanh",
        "latent_dim": 50,
        "batch_size": 64,
        "learning_rate": 2e-3,
        "epochs": 100,
        "schedule": "cosine",
        "warm_up": "linear",
        "warm_up_epochs": 20,
    }
)


def _burda(title: str, published: str, **changes: str | int) -> Preset:
    return Preset(
        title=title,
        comment=f"Burda et al. (2015) print {published} nats after 3,280 epochs, by 5,000 samples on binarized images. "
        "These are 100 epochs, so expect some nats more.",
        config=BURDA.model_copy(update=changes),
    )


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
    "beta-vae": Preset(
        title="Beta-VAE",
        comment="A KL that weighs four times (Higgins et al. 2017): codes that say less, each unit with a plainer "
        "meaning, and blurrier digits. No figure for MNIST was published.",
        config=BERNOULLI.model_copy(update={"latent_dim": 10, "kl_weight": 4.0, "epochs": 10}),
    ),
    "keras-conv": Preset(
        title="Keras example, convolutional",
        comment="The convolutional example of keras.io. It prints reconstruction 205.16 and KL 3.96 after its first "
        "epoch, 140.15 and 6.80 after its 30th.",
        config=BERNOULLI.model_copy(
            update={
                "images": 70_000,
                "network": "conv",
                "intermediate_dim": 16,
                "latent_dim": 2,
                "batch_size": 128,
                "epochs": 5,
            }
        ),
    ),
    "flax": Preset(
        title="Flax example",
        comment="The example of the Flax library: 500 hidden units, a code of 20. Its bound on test images ends near "
        "104 nats, on images binarized once and for all; here they are drawn anew in every epoch.",
        config=BERNOULLI.model_copy(
            update={
                "inputs": "dynamic",
                "intermediate_dim": 500,
                "latent_dim": 20,
                "batch_size": 128,
                "epochs": 30,
            }
        ),
    ),
    "burda-vae-1": _burda("Burda VAE, k = 1", "86.76"),
    "burda-vae-5": _burda("Burda VAE, k = 5", "86.47", samples=5),
    "burda-vae-50": _burda("Burda VAE, k = 50", "86.35", samples=50),
    "burda-iwae-5": _burda("Burda IWAE, k = 5", "85.54", bound="iwae", samples=5),
    "burda-iwae-50": _burda("Burda IWAE, k = 50", "84.78", bound="iwae", samples=50),
}


def preset_of(config: RunConfig) -> Preset | None:
    """The preset whose settings these are, if there is one."""
    return next((preset for preset in PRESETS.values() if preset.config == config), None)
