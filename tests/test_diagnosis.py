"""What a running training's steps say about its health."""

import numpy as np
import pytest

from vae import data
from vae.config import RunConfig
from vae.diagnosis import answers_mean_image, floor, kl_share, translate_last_epoch
from vae.runs import Metrics
from vae.training import build

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


@pytest.fixture(scope="module")
def x():
    return data.load("mnist").x_train[:5000]


def answered(config, x, seed=0):
    """The reconstruction term of the mean image, by the objective's own code."""
    model = build(config)
    seen = data.binarize(x, seed, 0) if config.inputs == "dynamic" else x
    mean = x.mean(axis=0, dtype=np.float64).clip(1e-7, 1 - 1e-7).astype(np.float32)
    answer = np.log(mean / (1 - mean)) if config.likelihood == "bernoulli" else mean
    return float(model.reconstruction_term(seen, np.broadcast_to(answer, x.shape)))


@pytest.mark.parametrize("inputs", ["grey", "dynamic"])
@pytest.mark.parametrize("likelihood", ["mse", "gaussian", "bernoulli"])
def test_the_floor_is_what_the_mean_image_costs(x, likelihood, inputs):
    config = RunConfig(likelihood=likelihood, inputs=inputs)
    assert floor(config, x) == pytest.approx(answered(config, x), rel=3e-3)


def test_the_floor_of_a_learned_sigma_is_the_least_of_all_sigmas(x):
    least = min(floor(RunConfig(likelihood="gaussian", sigma=sigma), x) for sigma in np.arange(0.2, 0.4, 0.001))
    assert floor(RunConfig(likelihood="learned_gaussian"), x) == pytest.approx(least, abs=0.01)


def test_the_cross_entropy_of_the_mean_image_is_the_published_one():
    assert floor(RunConfig(likelihood="bernoulli"), data.load("mnist").x_train) == pytest.approx(205.8, abs=0.5)


def test_while_the_kl_warms_up_from_nothing_nobody_is_warned():
    config = RunConfig(likelihood="bernoulli", kl_reduction="sum", warm_up="linear", warm_up_epochs=100)
    assert not answers_mean_image(steps(400, 206.0, 0.5), config, 206.0)  # 129 nats at a share of .0039
    assert answers_mean_image(steps(400, 206.0, 0.0), config, 206.0)


@pytest.mark.parametrize(("epoch", "share"), [(0, 0.5), (1, 1.0)])
def test_a_linear_warm_up_of_one_epoch_counts_half_in_it_and_fully_after(epoch, share):
    config = RunConfig(warm_up="linear", warm_up_epochs=1)
    step = np.arange(config.steps_per_epoch) + epoch * config.steps_per_epoch
    sizes = np.full(len(step), 64)
    assert kl_share(config, step, sizes) == pytest.approx(share, abs=0.5 / len(step) + 1e-12)


def test_a_smaller_batch_counts_less():
    config = RunConfig(warm_up="linear", warm_up_epochs=1, images=128)
    assert kl_share(config, np.array([0, 1]), np.array([96, 32])) == pytest.approx(0.125)


def test_the_kl_of_an_epoch_in_which_it_warmed_up_is_told_unweighted():
    config = RunConfig(likelihood="bernoulli", kl_reduction="sum", warm_up="linear", warm_up_epochs=1)
    n = config.steps_per_epoch
    weighted = 5.0 * np.arange(2 * n).clip(max=n) / n  # 5 nats at every step
    both = steps(2 * n, 100.0, 0.0)._replace(kl=weighted, epoch=np.repeat([0, 1], n))
    first = both._replace(**{name: values[:n] for name, values in both._asdict().items()})
    assert translate_last_epoch(first, config).kl == pytest.approx(5)
    assert translate_last_epoch(first, config).beta == pytest.approx(0.5, abs=1e-3)
    assert translate_last_epoch(both, config).kl == pytest.approx(5)
