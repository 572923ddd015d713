"""How long a training will take, before it starts."""

from vae import curves
from vae.config import RunConfig
from vae.loops import LOOPS
from vae.runs import Store

TUTORIAL_STEPS_PER_EPOCH = 938
# A rate of arithmetic that two ordinary cores reach on matrices of this size.
FLOPS_PER_SECOND = 3e10
# The end of a run is measure enough, and a long run is not read whole.
MEASURED_STEPS = 1000


def seconds(record: Store, config: RunConfig, loop: str) -> tuple[float, bool]:
    """An estimate of the wall time of training `config` by `loop`.

    Returns:
        seconds, and whether this machine's newest finished run of the loop was the measure (else it is a guess).
    """
    for run in record.newest(("finished",), limit=20):
        if run.loop == loop:
            rate = curves.steps_per_second(record.metrics(run.id, after=run.step - MEASURED_STEPS))
            if rate > 0:
                return config.steps * (1 / rate + _arithmetic(config) - _arithmetic(run.config)), True
    step = LOOPS[loop].seconds_per_epoch / TUTORIAL_STEPS_PER_EPOCH
    return config.steps * (step + max(0.0, _arithmetic(config) - _arithmetic(RunConfig()))), False


def _arithmetic(config: RunConfig) -> float:
    return config.step_flops / FLOPS_PER_SECOND
