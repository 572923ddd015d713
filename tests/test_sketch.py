"""Charts as plain numbers: what their axes hold, and lines without gaps."""

import json
import math

import numpy as np
import pytest

from vae.sketch import Line, sketch

LOSSES = np.array([0.3, 0.1, 0.0673])


def test_a_chart_has_its_lines_and_what_its_axes_hold():
    drawn = sketch("Loss", {"tape": Line(np.array([0, 5, 9]), LOSSES, "#0072B2")}, 10)
    assert drawn["lines"] == [{"name": "tape", "colour": "#0072B2", "x": [0, 5, 9], "y": [0.3, 0.1, 0.0673]}]
    assert drawn["end"] == 10 and drawn["y"] == {"low": 0.0673, "high": 0.3, "log": True, "whole": False}


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
def test_without_values_there_is_no_vertical_axis(values):
    drawn = sketch("Loss", {"tape": Line(np.arange(len(values)), np.array(values))}, 0, {"mean image": 0.07})
    assert drawn["lines"][0]["y"] == [] and drawn["levels"] == []
    assert drawn["end"] == 1 and drawn["y"] is None
