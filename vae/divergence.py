"""Why a training stopped giving numbers, and what usually helps."""

from math import isfinite, isinf, isnan

from vae.config import RunConfig


def explain(config: RunConfig, step: int, reconstruction: float, kl: float) -> str:
    """A sentence on the first step whose loss is no finite number.

    Args:
        config: the run's settings.
        step: counted from 0 over the whole run.
        reconstruction: the step's reconstruction term.
        kl: the step's KL term.
    """
    epoch = step // config.steps_per_epoch + 1
    cures = ["a smaller learning rate"] + (["gradient clipping"] if not config.clip_norm else [])
    # The KL comes from the codes, before anything is decoded: infinite, it is what spoils the rest.
    if isinf(kl) or (isnan(kl) and isfinite(reconstruction)):
        term = "the KL term was the first to be no number any more, because a code's mean or variance ran away"
        cures += ["a KL warm-up"] if config.warm_up == "none" else []
    elif isfinite(kl) and not isfinite(reconstruction):
        term = "the reconstruction term was the first to be no number any more"
        cures += ["a larger sigma"] if config.likelihood in ("gaussian", "learned_gaussian") else []
    else:
        term = "neither the reconstruction term nor the KL term was a number any more: the weights themselves ran away"
    helps = f"{', '.join(cures[:-1])} or {cures[-1]}" if len(cures) > 1 else cures[0]
    return f"It stopped at step {step:,}, in epoch {epoch}: {term}. What usually helps: {helps}."
