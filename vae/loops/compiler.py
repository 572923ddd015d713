"""What the scanned loop is compiled by; without TensorFlow, so that others can ask."""

from vae.config import RunConfig

# XLA compiles for some two seconds longer and then saves some .3 ms a step, on two cores: it pays from here on.
XLA_STEPS = 8000


def uses_xla(config: RunConfig) -> bool:
    """Whether XLA compiles the training: as `config.compiler` says, or whichever should be done sooner."""
    return config.compiler == "xla" or (
        config.compiler == "auto" and config.network == "dense" and config.steps >= XLA_STEPS
    )
