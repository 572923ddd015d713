"""Names that do not lie on each other."""

import numpy as np
import pytest

from vae.chips import pushed_apart


def overlaps(centres: np.ndarray, sizes: np.ndarray) -> int:
    """How many pairs of boxes lie on each other."""
    room = (sizes[:, None] + sizes) / 2 - np.abs(centres[:, None] - centres)
    return int((room > 0).all(axis=2).sum() - len(centres)) // 2


@pytest.mark.parametrize("spread", [0, 5, 30])
@pytest.mark.parametrize("width", [18, 80])
def test_ten_names_find_room_however_close_they_are(spread, width):
    centres = spread * np.random.default_rng(0).standard_normal((10, 2))
    sizes = np.full((10, 2), (width, 22.0))
    assert overlaps(centres, sizes) > 0
    assert overlaps(centres + pushed_apart(centres, sizes), sizes) == 0


def test_names_with_room_stay_where_they_are():
    assert not pushed_apart(np.array([[0.0, 0], [30, 0], [0, 30]]), np.full((3, 2), 22.0)).any()


def test_a_name_goes_no_farther_than_it_must():
    moves = pushed_apart(np.array([[0.0, 0], [0, 10]]), np.full((2, 2), 22.0))
    np.testing.assert_array_equal(moves, [[0, 0], [0, 12]])
