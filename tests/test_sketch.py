"""Charts as plain numbers: axes whose ticks are round and tell different things, and lines without gaps."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae.sketch import Line, axis, label, sketch

LOSSES = np.array([0.3, 0.1, 0.0673])
BOUNDS = st.floats(1e-9, 1e9)


def labels(low: float, high: float, log: bool, whole: bool = False) -> list[str]:
    """What an axis with about four ticks says."""
    return [words for _, words in axis(low, high, log, 4, whole)["ticks"]]


@pytest.mark.parametrize(
    ("low", "high", "log", "told"),
    [
        (0.0673, 0.3, True, ["0.07", "0.08", "0.09", "0.1", "0.2"]),
        (0.0670, 0.0683, True, ["0.067", "0.0675", "0.068"]),
        (1e-9, 100, True, ["1e-9", "1e-7", "1e-5", "0.001", "0.1", "10"]),
        (0, 2814, False, ["0", "500", "1k", "1.5k", "2k", "2.5k"]),
        (0, 1.5e6, False, ["0", "500k", "1M", "1.5M"]),
        (-3, 5, False, ["-2", "0", "2", "4"]),
        (0, 0, False, ["0", "0.2", "0.4", "0.6", "0.8", "1"]),
    ],
)
def test_ticks_stand_at_round_numbers(low, high, log, told):
    assert labels(low, high, log) == told


def test_whole_numbers_have_no_ticks_between_them():
    assert labels(0, 2, False, whole=True) == ["0", "1", "2"]
    assert labels(0, 32, False, whole=True) == ["0", "10", "20", "30"]


@given(BOUNDS, st.floats(1.0001, 1e9), st.booleans())
def test_an_axis_has_a_few_different_ticks_in_order_and_none_outside(low, factor, log):
    found = axis(low, low * factor, log, 4)
    places = [place for place, _ in found["ticks"]]
    slack = 1e-6 * (found["high"] - found["low"])
    assert 2 <= len(places) <= 10 and places == sorted(set(places))
    assert found["low"] - slack <= places[0] and places[-1] <= found["high"] + slack
    assert len({words for _, words in found["ticks"]}) == len(places)


@given(BOUNDS, st.booleans())
def test_an_axis_has_a_length_also_for_one_value(value, log):
    found = axis(value, value, log, 4)
    assert found["low"] <= value <= found["high"] and found["low"] < found["high"]


def test_numbers_are_short():
    told = [label(value) for value in (0, 0.07, 12.5, 999, 1000, 1500, 93_800, 2e6, 3e9, 1e-5, 1e-12, -2500)]
    assert told == ["0", "0.07", "12.5", "999", "1k", "1.5k", "93.8k", "2M", "3000M", "1e-5", "1e-12", "-2.5k"]


def test_a_chart_has_its_lines_and_two_axes():
    drawn = sketch("Loss", {"tape": Line(np.array([0, 5, 9]), LOSSES, "#0072B2")}, 10)
    assert drawn["lines"] == [{"name": "tape", "colour": "#0072B2", "x": [0, 5, 9], "y": [0.3, 0.1, 0.0673]}]
    assert (drawn["x"]["low"], drawn["x"]["high"], drawn["x"]["log"]) == (0, 10, False)
    assert (drawn["y"]["low"], drawn["y"]["high"], drawn["y"]["log"]) == (0.0673, 0.3, True)


def test_a_level_is_on_the_axis():
    drawn = sketch("Error", {"tape": Line(np.arange(3), LOSSES)}, 3, {"mean image": 0.02})
    assert drawn["levels"] == [("mean image", 0.02)] and drawn["y"]["low"] == 0.02


def test_zero_is_on_an_axis_that_is_not_logarithmic():
    drawn = sketch("Units", {"units": Line(np.arange(3), np.array([7.0, 8.0, 9.0]))}, 3, log=False)
    assert (drawn["y"]["low"], drawn["y"]["high"]) == (0, 9)
    assert not sketch("KL", {"tape": Line(np.arange(2), np.array([0.0, 1.0]))}, 3)["y"]["log"]


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_left_out(bad):
    drawn = sketch("Loss", {"tape": Line(np.arange(3), np.array([0.3, bad, 0.1]))}, 3)
    assert (drawn["lines"][0]["x"], drawn["lines"][0]["y"]) == ([0, 2], [0.3, 0.1])
    json.dumps(drawn, allow_nan=False)


@pytest.mark.parametrize("values", [[], [math.nan]])
def test_without_values_there_are_axes_that_tell_no_height(values):
    drawn = sketch("Loss", {"tape": Line(np.arange(len(values)), np.array(values))}, 0, {"mean image": 0.07})
    assert drawn["lines"][0]["y"] == [] and drawn["levels"] == []
    assert drawn["x"]["high"] == 1 and drawn["x"]["ticks"] and not drawn["y"]["ticks"]
