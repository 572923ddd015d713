"""What a page shows of the latent space."""

import numpy as np

from tests.snapshot.conftest import run_javascript
from vae.latent import Codes
from vae.snapshot import models
from vae.snapshot.packing import Arrays


def mapped(kl, spread=1.0, labels=10):
    """The map of 200 random codes, and its points [n, 2]."""
    z = np.random.default_rng(0).normal(0, spread, (200, len(kl))).astype(np.float32)
    arrays = Arrays()
    content = models.latent_map(Codes(z, 0 * z, np.array(kl)), (np.arange(200) % labels).astype(np.uint8), arrays)
    points = run_javascript(
        ("arrays",),
        "['x', 'y'].map((axis) => Array.from(unpack(given.arrays[given.points[axis]])))",
        {"arrays": arrays.packed, "points": content["points"]},
    )
    return content, np.transpose(points), z


def test_the_map_shows_the_two_units_with_the_most_kl():
    content, points, z = mapped([0.1, 2.0, 0.0, 1.0])
    assert content["axes"] == [1, 3]
    assert np.allclose(points, z[:, [1, 3]][np.abs(z[:, [1, 3]]).max(axis=1) <= content["extent"]], atol=1e-3)


def test_silent_units_have_no_slider():
    assert [slider["unit"] for slider in mapped([0.1, 2.0, 0.0, 1.0])[0]["sliders"]] == [1, 3, 0]


def test_there_are_eight_sliders_at_most():
    assert len(mapped([1.0] * 30)[0]["sliders"]) == models.SLIDERS


def test_the_map_reaches_to_nearly_all_codes_and_counts_the_others():
    content, points, _ = mapped([1.0, 1.0], spread=10)
    assert content["extent"] > 20
    assert len(points) + content["outside"] == content["count"] == 200
    assert np.abs(points).max() <= content["extent"] * 1.001


def test_codes_near_the_prior_are_seen_on_a_map_of_three_standard_deviations():
    assert mapped([1.0, 1.0], spread=0.1)[0]["extent"] == 3


def test_of_one_unit_every_label_has_a_row():
    content, points, z = mapped([1.0])
    assert content["axes"] == [0]
    assert len(np.unique(np.round(points[:, 1] / content["extent"] * 5 - 4.5).astype(int))) == 10
    assert np.abs(points[:, 1]).max() <= content["extent"]
