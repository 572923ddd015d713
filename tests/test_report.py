"""What is said of a run."""

import pytest

from vae.config import RunConfig
from vae.report import closing_lines, seen_as


@pytest.mark.parametrize(
    ("inputs", "images", "tested", "said"),
    [
        ("grey", 60_000, 10_000, "in grey"),
        ("dynamic", 640, 10_000, "drawn in black and white once"),
        ("threshold", 60_000, 1000, "in black and white, cut at one half"),
        ("grey", 70_000, 10_000, "in grey, all of which it was trained on"),
        ("grey", 61_000, 1000, "in grey, all of which it was trained on"),
        ("grey", 61_000, 10_000, "in grey, the first 1,000 of which it was trained on"),
    ],
)
def test_it_is_said_how_a_model_sees_the_test_images_and_whether_it_knows_them(inputs, images, tested, said):
    assert seen_as(RunConfig(inputs=inputs, images=images), tested) == said


def test_the_terminal_says_it_beside_the_test_error(trained):
    run = trained[1][0]
    assert f"{run.result['reconstruction']:.4f} a pixel on images in grey. " in closing_lines(run)[0]
