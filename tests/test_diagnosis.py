"""What a running training's steps say about its health."""

import numpy as np
import pytest

from vae.config import RunConfig
from vae.diagnosis import answers_mean_image
from vae.runs import Metrics

FLOOR = 0.0673


def steps(n: int, reconstruction: float, kl: float) -> Metrics:
    """n steps with the same terms."""
    column = np.full(n, 0.0)
    return Metrics(
        np.arange(n), column, np.full(n, 64), column + reconstruction + kl, column + reconstruction, column + kl, column
    )


@pytest.mark.parametrize(
    ("n", "reconstruction", "kl", "warns"),
    [
        (400, FLOOR, 0.0, True),
        (400, FLOOR * 1.01, 1e-3, True),  # .032 nats
        (399, FLOOR, 0.0, False),  # too soon to tell
        (400, FLOOR * 1.05, 0.0, False),  # still on its way down
        (400, FLOOR * 0.9, 0.0, False),
        (400, FLOOR, 0.01, False),  # the codes say something
    ],
)
def test_only_an_error_at_the_floor_with_silent_codes_warns(n, reconstruction, kl, warns):
    assert answers_mean_image(steps(n, reconstruction, kl), RunConfig(), FLOOR) == warns


def test_the_kl_counts_in_nats_whatever_its_weight():
    config = RunConfig(kl_weight=0.01)
    assert not answers_mean_image(steps(400, FLOOR, 1e-3), config, FLOOR)  # 3.2 nats


def test_without_a_weight_the_kl_is_unknown_and_nothing_is_said():
    assert not answers_mean_image(steps(400, FLOOR, 0.0), RunConfig(kl_weight=0), FLOOR)
