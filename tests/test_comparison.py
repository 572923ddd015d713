"""Several runs beside each other, and the figures of them."""

import math

import numpy as np
import pytest

from tests.conftest import SMALL
from vae import comparison, curve_figures, curves
from vae.curve_figures import Curve, Panel
from vae.runs import Metrics


def recorded(record, losses, **settings):
    """A run with these losses, and its metrics."""
    run = record.get(record.create(SMALL.model_copy(update=settings), "tape"))
    steps, loss = np.arange(len(losses)), np.array(losses, np.float64)
    return run, Metrics(steps, steps // 10, np.full(len(losses), 64), loss, loss, loss * 0, (steps + 1) / 10)


@pytest.fixture
def two(record):
    pairs = [recorded(record, losses, order_shift=shift) for shift, losses in enumerate(([3, 2, 1], [3, 2.5, 1]))]
    return {"a": [pairs[0][0]], "b": [pairs[1][0]]}, {run.id: metrics for run, metrics in pairs}


def test_replicates_are_the_runs_that_differ_only_in_their_seed(record):
    runs = [recorded(record, [1], seed=seed, latent_dim=size)[0] for seed, size in ((2, 4), (0, 4), (0, 5), (1, 4))]
    groups = comparison.replicates(runs)
    assert [[run.config.seed for run in group] for group in groups] == [[0, 1, 2], [0]]


def test_a_second_run_of_a_seed_is_no_replicate(record):
    runs = [recorded(record, [1], seed=seed)[0] for seed in (0, 0, 1)]
    assert [[run.id for run in group] for group in comparison.replicates(runs)] == [
        [runs[0].id, runs[2].id],
        [runs[1].id],
    ]


def test_a_single_run_is_drawn_as_it_is(two):
    panel = comparison.curve_panel(*two, "loss", "raw", "Loss", False, None)
    assert [curve.y.tolist() for curve in panel.curves] == [[3, 2, 1], [3, 2.5, 1]]
    assert panel.curves[0].low is None


def test_replicates_are_drawn_as_mean_and_range(record):
    pairs = [recorded(record, losses, seed=seed) for seed, losses in enumerate(([1, 2, 9], [3, 4]))]
    groups, metrics = {"tape": [run for run, _ in pairs]}, {run.id: found for run, found in pairs}
    (curve,) = comparison.curve_panel(groups, metrics, "loss", "raw", "Loss", False, None).curves
    assert (curve.x.tolist(), curve.y.tolist()) == ([0, 1], [2, 3])
    assert (curve.low.tolist(), curve.high.tolist()) == ([1, 2], [3, 4])


def test_a_difference_of_zero_is_a_gap(two):
    panel = comparison.difference_panel(*two, "loss")
    assert panel.curves[0] is None and panel.log
    difference = panel.curves[1].y
    assert math.isnan(difference[0]) and difference[1] == 0.5 and math.isnan(difference[2])


def apart(record, where, by):
    """The panel of differences of two runs as long as the tutorial's, the second `by` higher `where` it is said."""
    losses = np.ones(2814)
    pairs = [recorded(record, losses), recorded(record, np.where(where, losses + by, losses), order_shift=1)]
    groups = {name: [run] for name, (run, _) in zip("ab", pairs, strict=True)}
    return comparison.difference_panel(groups, {run.id: metrics for run, metrics in pairs}, "loss")


def test_runs_that_differ_at_two_steps_only_are_drawn(record):
    panel = apart(record, np.isin(np.arange(2814), (2, 7)), 1e-3)
    low, high = curve_figures.panels([panel]).layout.yaxis.range
    assert 10**low <= np.nanmax(panel.curves[1].y) <= 10**high
    assert np.nanmax(panel.curves[1].y) == pytest.approx(1e-3)


def test_the_largest_difference_is_drawn_among_many_small_ones(record):
    by, differs = np.full(2814, 1e-8), np.arange(2814) % 10 < 3
    # The stretch of steps that one dot stands for begins without a difference.
    start = next(step for step in curves.thin(2814, comparison.DOTS) if step % 10 == 4)
    by[start + 1], differs[start + 1] = 1e-3, True
    panel = apart(record, differs, by)
    assert np.nanmax(panel.curves[1].y) == pytest.approx(1e-3)


def test_a_panel_of_dots_without_a_positive_value_has_an_axis():
    empty = Panel("d", [Curve("a", np.arange(2), np.full(2, np.nan))], 100, log=True, dots=True)
    assert curve_figures.panels([empty]).layout.yaxis.range == (0, 1)


def test_equal_runs_have_no_panel_of_differences(two):
    groups, metrics = two
    first = next(iter(metrics.values()))
    assert comparison.difference_panel(groups, dict.fromkeys(metrics, first), "loss") is None


def test_the_speed_is_drawn_for_each_line(two):
    assert [curve.y[-1] for curve in comparison.rate_panel(*two).curves] == [10, 10]


@pytest.mark.parametrize(("step_seconds", "rate"), [(2.1e-3, 476.2), (21.0, 0.04762)])
def test_an_even_speed_is_an_even_line_whatever_its_last_digits_are(two, step_seconds, rate):
    lines, metrics = two
    even = {run_id: found._replace(seconds=(found.step + 1) * step_seconds) for run_id, found in metrics.items()}
    assert {value for curve in comparison.rate_panel(lines, even).curves for value in curve.y} == {rate}


def test_at_most_2000_points_of_a_curve_are_sent():
    x = np.arange(93_800)
    figure = curve_figures.panels([Panel("Loss", [Curve("a", x, x * 1.0, x * 0.9, x * 1.1)], 300)])
    assert {len(trace.x) for trace in figure.data} == {curves.MAX_POINTS}


def test_panels_lie_under_each_other_on_one_axis_and_one_legend():
    curve = Curve("<b>a</b>", np.arange(3), np.array([1.0, 2, 3]))
    printed = Curve("printed", np.arange(1), np.ones(1))
    shown = [Panel("Loss", [curve, curve], 300, printed=printed), Panel("d", [None, curve], 100, log=True, dots=True)]
    figure = curve_figures.panels(shown, [1, 2])
    assert figure.layout.height == 400 and len(figure.data) == 4
    assert [trace.showlegend for trace in figure.data if trace.mode != "markers" or trace.legendgroup][:2] == [True] * 2
    assert figure.data[0].name == "&lt;b&gt;a&lt;/b&gt;"
    # A run keeps its colour in every panel.
    assert figure.data[1].line.color == figure.data[-1].marker.color
    # What a pointer is told says which panel each of its values is of.
    assert [trace.hovertemplate for trace in figure.data] == ["%{y} Loss"] * 3 + ["%{y} d"]
    assert figure.layout.yaxis2.type == "log" and {trace.xaxis for trace in figure.data} == {None}
    assert (
        figure.layout.yaxis1.domain[0]
        > figure.layout.yaxis2.domain[1]
        > figure.layout.yaxis2.domain[0]
        == pytest.approx(0)
    )


def test_an_effect_of_nothing_has_no_bar_and_says_so():
    bar = curve_figures.effects(["a", "b"], [1e-3, 0.0]).data[0]
    assert bar.text == ("1.0e-03", "0: equal to the last bit")
    assert bar.x[1] < bar.x[0] / 5


def test_effects_of_nothing_at_all_are_drawn():
    assert curve_figures.effects(["a"], [0.0]).data[0].text == ("0: equal to the last bit",)
