"""Ticks stand at round numbers that enclose what is drawn, and say different things."""

import numpy as np
import pytest

from tests.snapshot.conftest import run_javascript


def ticks(ranges: list[tuple[float, float, bool]]) -> list[tuple[list[float], list[str]]]:
    """The places and the words of the ticks of some axes, each from its low to its high, logarithmic or not."""
    one = "(([low, high, log]) => log ? decades(low, high) : rounds(low, high, 4))"
    return run_javascript(("axes",), f"given.map({one}).map((all) => [all, all.map(short)])", ranges)


@pytest.mark.parametrize(
    ("low", "high", "log", "told"),
    [
        (0.0673, 0.3, True, ["0.05", "0.07", "0.1", "0.15", "0.2", "0.3"]),
        (0.0673, 0.7, True, ["0.05", "0.1", "0.2", "0.5", "1"]),
        (0.0670, 0.0683, True, ["0.067", "0.0675", "0.068", "0.0685"]),
        (1e-9, 100, True, ["1e−9", "1e−7", "1e−5", "0.001", "0.1", "10", "1000"]),
        (1.2e-5, 4e-5, True, ["1e−5", "1.5e−5", "2e−5", "3e−5", "5e−5"]),
        (0, 2814, False, ["0", "1000", "2000", "3000"]),
        (0, 1.5e6, False, ["0", "500000", "1e6", "1.5e6"]),
        (-3, 5, False, ["−4", "−2", "0", "2", "4", "6"]),
    ],
)
def test_ticks_stand_at_round_numbers(low, high, log, told):
    assert ticks([(low, high, log)])[0][1] == told


def test_numbers_are_short():
    values = [0, 0.07, 12.5, 999, 1000, 1500, 93_800, 2e6, 3e9, 1e-5, 1.5e-4, 1e-12, -2500]
    told = ["0", "0.07", "12.5", "999", "1000", "1500", "93800", "2e6", "3e9", "1e−5", "1.5e−4", "1e−12", "−2500"]
    assert run_javascript(("axes",), "given.map(short)", values) == told


def test_an_axis_has_a_few_different_ticks_in_order_that_enclose_all():
    chance = np.random.default_rng(0)
    lows, factors = 10 ** chance.uniform(-9, 9, 1000), 1 + 10 ** chance.uniform(-4, 9, 1000)
    asked = [(low, low * factor, bool(n % 2)) for n, (low, factor) in enumerate(zip(lows, factors, strict=True))]
    for (low, high, _), (places, words) in zip(asked, ticks(asked), strict=True):
        assert 2 <= len(places) <= 10 and places == sorted(set(places))
        assert places[0] <= low * (1 + 1e-6) and places[-1] >= high * (1 - 1e-6)
        assert len(set(words)) == len(places)
