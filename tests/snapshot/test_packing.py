"""Arrays on their way into the page."""

import numpy as np
import pytest

from tests.snapshot.conftest import run_javascript
from vae.snapshot.packing import TYPES, Arrays


@pytest.mark.parametrize("dtype", TYPES)
def test_numbers_arrive_as_they_are(dtype):
    arrays = Arrays()
    arrays.add([0, 1, 2.5, 200], dtype)
    found = run_javascript(("arrays",), "Array.from(unpack(given[0]))", arrays.packed)
    assert found == [0, 1, 2.5 if dtype == "float32" else 2, 200]


@pytest.mark.parametrize("largest", [1e-3, 1.0, 40.0])
def test_quantized_numbers_are_off_by_half_a_step_at_most(largest):
    values, arrays = np.linspace(-largest, largest, 1001).astype(np.float32), Arrays()
    arrays.quantize(values)
    found = run_javascript(("arrays",), "Array.from(unpack(given[0]))", arrays.packed)
    assert np.abs(found - values).max() <= 0.5001 * largest / 32_767


def test_zeros_stay_zeros():
    arrays = Arrays()
    arrays.quantize(np.zeros(3, np.float32))
    assert run_javascript(("arrays",), "Array.from(unpack(given[0]))", arrays.packed) == [0, 0, 0]


def test_an_array_is_kept_once_however_often_it_is_added():
    arrays = Arrays()
    assert [arrays.add([1, 2], "uint32"), arrays.add([1, 2], "uint32"), arrays.add([1, 2], "uint8")] == [0, 0, 1]
    assert len(arrays.packed) == 2
