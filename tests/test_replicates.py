"""Means, intervals and bands, against worked examples."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae.replicates import band, interval, paired_difference

numbers = st.floats(-100, 100)


def test_the_interval_of_three_values_is_students():
    # t(2, .975) = 4.30265 (Student's table); the standard error of 1, 2, 3 is 1 / sqrt(3).
    found = interval([1, 2, 3])
    assert (found.mean, found.n) == (2, 3)
    assert (found.low, found.high) == pytest.approx((2 - 4.30265 / math.sqrt(3), 2 + 4.30265 / math.sqrt(3)), abs=1e-5)


def test_one_value_has_no_interval():
    found = interval([5])
    assert found.mean == 5 and math.isnan(found.low) and math.isnan(found.high)


@given(st.lists(numbers, min_size=2, max_size=8), numbers)
def test_what_the_seeds_share_cancels_in_a_paired_difference(values, shift):
    found = paired_difference(values, np.array(values) + shift)
    assert found.mean == pytest.approx(shift, abs=1e-9)
    assert found.low == pytest.approx(shift, abs=1e-9) and found.high == pytest.approx(shift, abs=1e-9)


def test_the_interval_holds_the_truth_in_95_of_100_samples():
    samples = np.random.default_rng(0).normal(3, 2, (2000, 5))
    found = [interval(sample) for sample in samples]
    assert sum(one.low <= 3 <= one.high for one in found) / 2000 == pytest.approx(0.95, abs=0.015)


def test_a_band_is_mean_and_range_over_the_steps_that_all_have():
    found = band([np.array([1.0, 2, 3]), np.array([3.0, 2])])
    assert (found.mean.tolist(), found.low.tolist(), found.high.tolist()) == ([2, 2], [1, 2], [3, 2])
