"""Checkpoints on disk: whole, or passed over."""

import random

import numpy as np
import pytest

from vae.runs import checkpoints, weights

ARRAYS = {"vae/kernel": np.arange(120, dtype=np.float32), "optimizer/iteration": np.array(7, np.int64)}
SHAPES = {name: (array.shape, str(array.dtype)) for name, array in ARRAYS.items()}


def at(step: int) -> dict:
    return {**ARRAYS, "optimizer/iteration": np.array(step, np.int64)}


@pytest.fixture
def folder(tmp_path):
    """A folder with checkpoints of the steps 10 and 20."""
    for step in (10, 20):
        checkpoints.save(tmp_path / "run", step, at(step))
    return tmp_path / "run"


def loaded(folder, most=10**9):
    """The steps of the checkpoint that is taken, or None."""
    found = checkpoints.load(folder, SHAPES, most)
    if found is None:
        return None
    step, arrays = found
    for name, array in at(step).items():
        np.testing.assert_array_equal(arrays[name], array)
    return step


def test_the_newest_comes_back_as_it_went_in(folder):
    assert loaded(folder) == checkpoints.newest_step(folder) == 20


def test_the_newest_two_are_kept(folder):
    checkpoints.save(folder, 30, at(30))
    assert [file.name[:20] for file in checkpoints.files(folder)] == ["checkpoint-000000030", "checkpoint-000000020"]


def test_the_same_step_twice_leaves_the_one_before(folder):
    checkpoints.save(folder, 20, {**at(20), "vae/kernel": np.ones(120, np.float32)})
    assert [checkpoints._step(file) for file in checkpoints.files(folder)] == [20, 20]
    checkpoints.save(folder, 30, at(30))
    assert loaded(folder) == 30 and len(checkpoints.files(folder)) == 2


def test_those_of_later_steps_go_when_a_training_went_back(folder):
    checkpoints.save(folder, 15, at(15))
    assert [checkpoints._step(file) for file in checkpoints.files(folder)] == [15, 10]


def test_one_of_more_steps_than_the_record_has_is_passed_over(folder):
    assert (loaded(folder, most=19), loaded(folder, most=9)) == (10, None)


def test_one_of_another_model_is_passed_over(folder):
    checkpoints.save(folder, 30, {"other": np.ones(3)})
    assert loaded(folder) == 20


def test_a_run_without_checkpoints_has_none(tmp_path):
    assert (loaded(tmp_path / "none"), checkpoints.newest_step(tmp_path / "none")) == (None, None)


def test_a_write_that_fails_leaves_the_earlier_ones_and_no_other(folder, monkeypatch):
    before = {file: file.read_bytes() for file in folder.iterdir()}

    def full_disk(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full_disk)
    with pytest.raises(weights.WeightsError, match="could not be written: No space left on device"):
        checkpoints.save(folder, 30, at(30))
    assert {file: file.read_bytes() for file in folder.iterdir()} == before


def corrupt(content: bytes, chance: random.Random) -> bytes:
    """`content` with a bit flipped, a piece overwritten, its end cut off, or more behind it."""
    place = chance.randrange(len(content))
    kind = chance.randrange(4)
    if kind == 0:
        return content[:place] + bytes([content[place] ^ 1 << chance.randrange(8)]) + content[place + 1 :]
    if kind == 1:
        piece = chance.randbytes(min(16, len(content) - place))
        return content[:place] + piece + content[place + len(piece) :]
    return content[:place] if kind == 2 else content + chance.randbytes(1 + place)


def test_a_thousand_random_corruptions_are_all_noticed_and_the_one_before_is_taken(folder):
    file = checkpoints.files(folder)[0]
    whole, chance = file.read_bytes(), random.Random(0)
    for _ in range(1000):
        broken = corrupt(whole, chance)
        if broken != whole:
            file.write_bytes(broken)
            assert not checkpoints.is_whole(file) and loaded(folder) == 10


def test_deleting_takes_checkpoints_only(folder):
    weights.save(weights.path(folder, 20), ARRAYS)
    checkpoints.delete(folder)
    assert [file.name for file in folder.iterdir()] == ["step-000000020.npz"]
