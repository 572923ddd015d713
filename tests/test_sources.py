"""The loops' source, cut into phases."""

import inspect

import pytest

from vae.loops import LOOPS, tape_eager
from vae.sources import PHASES, Line, aligned, phases


@pytest.mark.parametrize("loop", LOOPS)
def test_every_loop_has_lines_in_every_phase(loop):
    found = phases(loop)
    assert list(found) == list(PHASES)
    assert all(found.values())


def test_the_lines_are_the_programs_own():
    source = inspect.getsource(tape_eager)
    for lines in phases("tape_eager").values():
        assert all(line.strip() in source for line in lines)


@pytest.mark.parametrize(
    ("phase", "text"),
    [("forward", "self(x, training=True)"), ("gradient", "tape.gradient("), ("update", "apply_gradients(")],
)
def test_keras_own_step_is_read_where_it_belongs(phase, text):
    assert any(text in line for line in phases("fit")[phase])


@pytest.mark.parametrize("loop", LOOPS)
def test_no_line_is_lost_or_shown_twice(loop):
    rows = aligned("tape", loop)
    for side, name in (("left", "tape"), ("right", loop)):
        for phase, lines in phases(name).items():
            assert [getattr(row, side) for row in rows[phase] if getattr(row, side) is not None] == lines


def test_a_loop_does_not_differ_from_itself():
    assert not any(line.differs for lines in aligned("fit", "fit").values() for line in lines)


def test_tape_and_eager_tape_share_their_step():
    rows = aligned("tape", "tape_eager")
    assert not any(line.differs for phase in ("forward", "loss", "gradient", "update") for line in rows[phase])
    assert any(line.differs for line in rows["set-up"])


def test_a_line_that_only_one_side_has_differs():
    assert Line("a", None).differs and not Line("a", "a").differs
