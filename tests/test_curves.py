"""Views of a curve, each against an obvious slow loop."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae import curves
from vae.runs import Metrics


def metrics(losses, each=3, sizes=None):
    """A record of these losses, `each` steps an epoch, a tenth of a second a step."""
    steps = np.arange(len(losses))
    loss = np.array(losses, np.float64)
    sizes = np.array(sizes if sizes is not None else [64] * len(losses))
    return Metrics(steps, steps // each, sizes, loss, loss * 0.75, loss * 0.25, steps / 10)


losses = st.lists(st.floats(0, 10), min_size=1, max_size=40)


@given(losses)
def test_the_running_mean_is_never_reset(values):
    expected = [sum(values[: i + 1]) / (i + 1) for i in range(len(values))]
    np.testing.assert_allclose(curves.running_mean(metrics(values), np.array(values)), expected, atol=1e-9)


@given(losses, st.integers(1, 6), st.data())
def test_the_epochs_mean_starts_afresh_and_weighs_by_size(values, each, data):
    sizes = data.draw(st.lists(st.integers(1, 64), min_size=len(values), max_size=len(values)))
    expected = []
    for i in range(len(values)):
        rows = range(i - i % each, i + 1)
        expected.append(sum(values[j] * sizes[j] for j in rows) / sum(sizes[j] for j in rows))
    ours = curves.epoch_mean(metrics(values, each, sizes), np.array(values))
    np.testing.assert_allclose(ours, expected, atol=1e-9)


@given(losses)
def test_smoothing_is_the_exponential_mean_corrected_for_its_start(values):
    keep = 1 - 2 / (curves.SMOOTHING_STEPS + 1)
    expected = []
    for i in range(len(values)):
        weights = [keep**k for k in range(i + 1)]
        expected.append(sum(w * values[i - k] for k, w in enumerate(weights)) / sum(weights))
    np.testing.assert_allclose(curves.smoothed(metrics(values), np.array(values)), expected, atol=1e-9)


def test_the_raw_view_changes_nothing():
    assert curves.raw(metrics([3, 1]), np.array([3.0, 1.0])).tolist() == [3, 1]


@pytest.mark.parametrize("view", curves.VIEWS.values(), ids=curves.VIEWS)
def test_every_view_takes_an_empty_record(view):
    assert len(view.transform(metrics([]), np.zeros(0))) == 0


@given(st.integers(0, 100_000))
def test_thinning_keeps_first_and_last_and_at_most_2000(n):
    kept = curves.thin(n)
    assert len(kept) == min(n, 2000)
    assert n == 0 or (kept[0], kept[-1]) == (0, n - 1)


def test_an_epochs_losses_are_weighted_by_size():
    means = curves.epoch_losses(metrics([1, 2, 6, 5], each=3, sizes=[64, 64, 32, 64]))
    assert [mean["loss"] for mean in means] == [(64 + 128 + 192) / 160, 5]
    assert means[1]["kl"] == 1.25


def test_the_log_has_a_line_every_100_steps_of_an_epoch():
    log = curves.tutorial_log(metrics(np.arange(500), each=250))
    assert [(epoch, step) for epoch, step, _ in log] == [(0, 0), (0, 100), (0, 200), (1, 0), (1, 100), (1, 200)]
    assert log[-1][2] == np.arange(451).mean()


def test_the_speed_leaves_out_the_first_epoch():
    record = metrics(np.ones(9))
    slow_start = record._replace(seconds=record.seconds + np.where(record.epoch > 0, 60, 0))
    assert curves.steps_per_second(slow_start) == pytest.approx(10)


def test_the_steps_of_one_report_share_its_time():
    record = metrics(np.ones(9), each=3)._replace(seconds=np.repeat([1.0, 4.0, 5.5], 3))
    assert curves.steps_per_second(record) == pytest.approx(3 / 1.5)
    only_two = metrics(np.ones(9), each=4)._replace(seconds=np.repeat([1.0, 3.5], [4, 5]))
    assert curves.steps_per_second(only_two) == pytest.approx(5 / 2.5)


def test_the_throughput_goes_from_report_to_report():
    record = metrics(np.ones(9), each=3)._replace(seconds=np.repeat([2.0, 3.0, 5.0], 3))
    steps, rates = curves.throughput(record)
    assert (steps.tolist(), rates.tolist()) == ([2, 5, 8], [1.5, 3.0, 1.5])


def test_the_throughput_has_few_windows_and_misses_no_step():
    steps, rates = curves.throughput(metrics(np.ones(5000), each=100)._replace(seconds=np.arange(1, 5001) / 10))
    assert len(steps) == curves.RATE_WINDOWS and steps[-1] == 4999
    np.testing.assert_allclose(rates, 10)


@pytest.mark.parametrize("transform", [curves.throughput, curves.epoch_seconds, curves.epoch_ends])
def test_nothing_recorded_has_no_speed(transform):
    assert not np.size(transform(metrics([])))


def test_an_epochs_seconds_begin_with_the_training():
    record = metrics(np.ones(6), each=3)._replace(seconds=np.array([3, 3.5, 4, 4.5, 5, 5.5]))
    assert curves.epoch_seconds(record).tolist() == [4.0, 1.5]


def test_the_unweighted_mean_counts_every_batch_in_full():
    record = metrics([1, 2, 6, 5], each=3, sizes=[64, 64, 32, 64])
    assert curves.unweighted_mean(record, record.loss).tolist() == [1, 1.5, 3, 5]


@given(losses, st.integers(2, 10))
def test_no_peak_is_lost_by_thinning(values, points):
    raised = curves.peaks(np.array(values), points)
    assert (raised >= values).all() and raised.max() == max(values)
    assert max(values) in raised[curves.thin(len(values), points)]


@pytest.mark.parametrize("n", [0, 1])
def test_the_speed_of_too_few_steps_is_unknown(n):
    assert math.isnan(curves.steps_per_second(metrics([1] * n)))


def test_equal_losses_do_not_differ():
    assert curves.loss_difference(metrics([1, 2, 3]), metrics([1, 2])) == (2, 0.0, None)


def test_the_first_difference_is_found():
    assert curves.loss_difference(metrics([1, 2, 3]), metrics([1, 2.5, 3])) == (3, 0.5, 1)


def test_the_printed_values_sit_at_their_steps():
    steps, values = curves.tutorial_points("running", 938)
    assert (steps[11], values[11]) == (1038, 0.0741)
    steps, values = curves.tutorial_points("epoch", 938)
    assert list(zip(steps, values, strict=True)) == [(937, 0.0746), (1875, 0.0676), (2813, 0.0675)]


def test_the_printed_values_belong_to_the_tutorials_batches_only():
    assert curves.tutorial_points("running", 469) is None
    assert curves.tutorial_points("raw", 938) is None
