"""The model that a config describes as plain Keras code, with what this config needs and nothing else."""

from textwrap import indent

from vae.config import RunConfig
from vae.exports.model_templates import (
    DECODE_SEVERAL,
    DECODER,
    DECODER_DRAW,
    DECODER_FILTERS,
    DENSE_DRAW,
    DENSE_LAST,
    ENCODER,
    ENCODER_CONVOLVE,
    ENCODER_FILTERS,
    FORMULAS,
    FREE_BITS,
    IWAE,
    KL,
    LOG_SIGMA,
    MODEL,
    NATS,
    NLL,
    PER_PIXEL,
    REDUCED,
    SAMPLING,
    STEP,
    WARM_UP,
)
from vae.exports.sections import Section, fill


def model(config: RunConfig, noise_seed: str) -> list[Section]:
    """The sections that define the model; `noise_seed` is the name of the constant with the seed of the draws."""
    return [
        Section(
            "Sampling",
            "The reparameterization trick. The noise depends on nothing but the seed and the number of the draw, so "
            "that every loop and every machine draws the same.",
            fill(SAMPLING, noise_seed=noise_seed, shape=_shape(config)),
        ),
        Section(
            "Encoder",
            "Layers take their first weights from one random stream in the order in which they are made.",
            _encoder(config),
        ),
        Section("Decoder", "It mirrors the encoder.", _decoder(config)),
        Section("The model", f"{_reconstruction_words(config)} {_cost_words(config)}", _autoencoder(config)),
    ]


def reconstruction_loss(config: RunConfig) -> str:
    """What judges an answer: a Keras loss or a function of the same signature; it uses the global `vae`."""
    if config.per_pixel:
        return PER_PIXEL
    return fill(NATS, samples=" and the samples of z" if several_samples(config) else "")


def several_samples(config: RunConfig) -> bool:
    """Whether z has an axis of samples."""
    return config.samples > 1 or config.bound == "iwae"


def _shape(config: RunConfig) -> str:
    several = "shape = tf.concat([[SAMPLES], tf.shape(z_mean)], 0)"
    return several if several_samples(config) else "shape = tf.shape(z_mean)"


def _dense(config: RunConfig) -> dict[str, str]:
    """The hidden layers of the encoder by name, in the order in which they are made."""
    names = ["dense_proj", *(f"dense_{number}" for number in range(2, len(config.widths) + 1))]
    return {
        name: f'self.{name} = layers.Dense({width}, activation="{config.activation}")'
        for name, width in zip(names, config.widths, strict=True)
    }


def _calls(names: list[str], given: str = "x") -> str:
    return "\n".join(f"x = self.{name}({'x' if place else given})" for place, name in enumerate(names))


def _encoder(config: RunConfig) -> str:
    dense, conv = _dense(config), config.network == "conv"
    return fill(
        ENCODER,
        dense="\n".join(dense.values()),
        filters=fill(ENCODER_FILTERS, activation=config.activation) if conv else "",
        convolve=ENCODER_CONVOLVE if conv else "",
        hidden=_calls(list(dense)),
    )


def _decoder(config: RunConfig) -> str:
    first, *further = _dense(config).items()
    conv, bernoulli = config.network == "conv", config.likelihood == "bernoulli"
    # The dense decoder makes the layer that mirrors the encoder's first one after the others.
    dense = dict(further if conv else [*further, first])
    return fill(
        DECODER,
        logits=", as logits" if bernoulli else "",
        dense="\n".join(dense.values()),
        last=fill(
            DECODER_FILTERS if conv else DENSE_LAST,
            activation=config.activation,
            output="" if bernoulli else ', activation="sigmoid"',
        ),
        hidden=_calls([name for name, _ in further[::-1]] + ([] if conv else [first[0]]), "z"),
        draw=fill(DECODER_DRAW, last="x" if further else "z") if conv else DENSE_DRAW,
    )


def _autoencoder(config: RunConfig) -> str:
    iwae = config.bound == "iwae"
    shared = " / 784" if config.kl_reduction == "sum" and config.per_pixel else ""
    term = "ratio" if iwae else REDUCED[config.kl_reduction] + shared
    weight = "weight" if config.warm_up != "none" else "KL_WEIGHT" if config.kl_weight != 1 else ""
    cost = fill(
        IWAE if iwae else KL,
        free_bits=FREE_BITS if config.free_bits else "",
        weight=WARM_UP[config.warm_up],
        weighted=f"{weight} * {term}" if weight else term,
    )
    code = fill(
        MODEL,
        added="what else the bound has" if iwae else "the KL term",
        log_sigma=LOG_SIGMA if config.likelihood == "learned_gaussian" else "",
        step=STEP if config.warm_up != "none" else "",
        decode=DECODE_SEVERAL if several_samples(config) else "answer = self.decoder(z)",
        cost=cost,
    )
    if config.per_pixel:
        return code
    distribution, formula = FORMULAS[config.likelihood]
    return code + "\n\n" + indent(fill(NLL, distribution=distribution, formula=formula), " " * 4)


def _reconstruction_words(config: RunConfig) -> str:
    if config.per_pixel:
        return "The reconstruction is judged by the squared error a pixel."
    return f"The reconstruction is judged by -log p(x|z) of {FORMULAS[config.likelihood][0]}."


def _cost_words(config: RunConfig) -> str:
    if config.bound == "iwae":
        return f"The bound weighs {config.samples} samples of z against each other (Burda et al. 2015)."
    reduced = "averaged over" if config.kl_reduction == "mean" else "summed over"
    return f"The KL is {reduced} the {config.latent_dim} units of z" + (
        " and divided by the 784 pixels." if config.kl_reduction == "sum" and config.per_pixel else "."
    )
