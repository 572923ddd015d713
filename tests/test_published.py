"""Published figures stand beside an estimate of their own kind alone."""

import pytest

from vae.presets import PRESETS
from vae.published import comparable

BURDA = PRESETS["burda-vae-1"].config


def test_an_estimate_by_the_published_protocol_is_comparable():
    assert comparable(BURDA, 5000, 10_000)


@pytest.mark.parametrize(
    "changes",
    [
        {"likelihood": "gaussian"},  # a density, not a probability
        {"likelihood": "learned_gaussian"},
        {"images": 70_000},  # the test images are trained on
        {"images": 60_001},
        {"inputs": "threshold"},
        {"dataset": "fashion_mnist"},
    ],
)
def test_a_model_of_another_kind_is_not(changes):
    assert not comparable(BURDA.model_copy(update=changes), 5000, 10_000)


@pytest.mark.parametrize(("samples", "images"), [(500, 10_000), (5000, 1000)])
def test_a_smaller_estimate_is_not(samples, images):
    assert not comparable(BURDA, samples, images)
