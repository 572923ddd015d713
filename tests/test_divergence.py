"""What is said of a training that stopped giving numbers."""

import math

import pytest

from vae.config import RunConfig
from vae.divergence import explain

CONFIG = RunConfig(images=640)


@pytest.mark.parametrize(
    ("reconstruction", "kl", "words"),
    [
        (0.1, math.inf, "the KL term was the first"),
        (math.nan, math.inf, "the KL term was the first"),  # an infinite variance spoils what is decoded
        (0.1, math.nan, "the KL term was the first"),
        (math.nan, 0.1, "the reconstruction term was the first"),
        (math.nan, math.nan, "neither the reconstruction term nor the KL term"),
    ],
)
def test_the_step_and_the_term_are_named(reconstruction, kl, words):
    sentence = explain(CONFIG, 1234, reconstruction, kl)
    assert sentence.startswith("It stopped at step 1,234, in epoch 124: ") and words in sentence


def test_what_helps_is_what_is_not_done_already():
    assert explain(CONFIG, 0, 0.1, math.inf).endswith(
        "What usually helps: a smaller learning rate, gradient clipping or a KL warm-up."
    )
    careful = CONFIG.model_copy(update={"clip_norm": 1.0, "warm_up": "linear"})
    assert explain(careful, 0, 0.1, math.inf).endswith("What usually helps: a smaller learning rate.")
    gaussian = CONFIG.model_copy(update={"likelihood": "gaussian"})
    assert explain(gaussian, 0, math.inf, 0.1).endswith("gradient clipping or a larger sigma.")
