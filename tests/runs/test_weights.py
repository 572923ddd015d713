"""Weights on disk: whole or not at all, and nothing is believed unseen."""

import io
import zipfile

import numpy as np
import pytest

from vae.runs import weights

ARRAYS = {"a/kernel": np.arange(12, dtype=np.float32).reshape(3, 4), "a/draw": np.array(7, np.int64)}
SHAPES = {name: (array.shape, str(array.dtype)) for name, array in ARRAYS.items()}


@pytest.fixture
def file(tmp_path):
    file = weights.path(tmp_path / "run", 938)
    weights.save(file, ARRAYS)
    return file


def test_weights_come_back_as_they_went_in(file):
    loaded = weights.load(file, SHAPES)
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(loaded[name], array)


def test_the_kept_moments_are_found(file):
    weights.save(weights.path(file.parent, 0), ARRAYS)
    (file.parent / "step-x.npz").touch()
    assert weights.steps(file.parent) == [0, 938]


def test_no_folder_has_no_moments(tmp_path):
    assert weights.steps(tmp_path / "none") == []


def test_a_write_that_fails_leaves_the_old_file_and_no_other(file, monkeypatch):
    before = file.read_bytes()

    def full_disk(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full_disk)
    with pytest.raises(weights.WeightsError, match="The weights could not be written: No space left on device."):
        weights.save(file, ARRAYS)
    assert file.read_bytes() == before and list(file.parent.iterdir()) == [file]


def test_a_folder_that_cannot_be_made_is_said_in_a_sentence(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(weights.WeightsError, match="could not be written"):
        weights.save(tmp_path / "file" / "step-000000000.npz", ARRAYS)


def test_a_missing_file_is_said_in_a_sentence(tmp_path):
    with pytest.raises(weights.WeightsError, match="are not there any more"):
        weights.load(tmp_path / "step-000000001.npz", SHAPES)


@pytest.mark.parametrize("part", [0, 10, 100, 200, -30])
def test_a_truncated_file_is_said_in_a_sentence(file, part):
    file.write_bytes(file.read_bytes()[:part])
    with pytest.raises(weights.WeightsError, match="are damaged"):
        weights.load(file, SHAPES)


def test_a_flipped_bit_is_noticed(file):
    content = bytearray(file.read_bytes())
    content[content.index(ARRAYS["a/kernel"].tobytes()) + 9] ^= 1
    file.write_bytes(content)
    with pytest.raises(weights.WeightsError, match="damaged"):
        weights.load(file, SHAPES)


def test_weights_of_another_model_are_refused(file):
    with pytest.raises(weights.WeightsError, match="another model"):
        weights.load(file, {**SHAPES, "b/kernel": ((2,), "float32")})


@pytest.mark.parametrize("shape", [((4, 3), "float32"), ((3, 4), "float64"), ((12,), "float32")])
def test_weights_of_another_shape_are_refused(file, shape):
    with pytest.raises(weights.WeightsError, match="another shape"):
        weights.load(file, {**SHAPES, "a/kernel": shape})


def test_pickled_objects_are_never_read(file):
    np.savez(file, **{"a|kernel": np.array([{"evil": 1}], dtype=object), "a|draw": np.array(7)}, allow_pickle=True)
    with pytest.raises(weights.WeightsError, match="another shape"):
        weights.load(file, SHAPES)


def test_a_header_that_claims_terabytes_is_refused_before_anything_is_allocated(file):
    header = io.BytesIO()
    shape = {"descr": "<f4", "fortran_order": False, "shape": (10**7, 10**6)}
    np.lib.format.write_array_header_1_0(header, shape)
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a|kernel.npy", header.getvalue() + b"1234")
        archive.writestr("a|draw.npy", b"")
    with pytest.raises(weights.WeightsError, match="another shape"):
        weights.load(file, SHAPES)


def test_every_flipped_bit_is_noticed_or_harmless(file):
    whole = file.read_bytes()
    for bit in range(8 * len(whole)):
        flipped = bytearray(whole)
        flipped[bit // 8] ^= 1 << bit % 8
        file.write_bytes(flipped)
        try:
            loaded = weights.load(file, SHAPES)
        except weights.WeightsError:
            continue
        for name, array in ARRAYS.items():
            np.testing.assert_array_equal(loaded[name], array)


def test_weights_of_any_model_are_read(file):
    loaded = weights.read(file)
    assert set(loaded) == set(ARRAYS)
    np.testing.assert_array_equal(loaded["a/kernel"], ARRAYS["a/kernel"])


def test_what_unpacks_to_more_than_the_file_is_not_read(tmp_path):
    bomb = tmp_path / "step-000000001.npz"
    np.savez_compressed(bomb, a=np.zeros(10_000_000, np.float32))
    with pytest.raises(weights.WeightsError, match="are damaged"):
        weights.read(bomb)


def test_going_back_deletes_later_weights_and_what_a_killed_process_was_writing(file):
    for step in (0, 940):
        weights.save(weights.path(file.parent, step), ARRAYS)
    (file.parent / "half.tmp").touch()
    weights.rewind(file.parent, 938)
    assert sorted(other.name for other in file.parent.iterdir()) == ["step-000000000.npz", "step-000000938.npz"]
