"""Images of one's own are kept by their content, and a training that cannot have them says so."""

import io
import json

import numpy as np
import pytest

from tests import uploaded
from tests.conftest import PROJECT, SMALL, train_here
from vae import data, own_data
from vae.config import BUILT_IN, RunConfig
from vae.own_data import DataError
from vae.settings import ConfigError, parse_config

X, Y = uploaded.some(140)
NAMES = [str(n) for n in range(10)]


@pytest.fixture
def own(record):
    data.load.cache_clear()
    yield own_data.keep("Some *digits*", X, Y, NAMES)
    data.load.cache_clear()


def files(own):
    return sorted(file.name for file in (own_data.folder() / "datasets").iterdir())


def test_a_set_comes_back_as_it_was_kept(own):
    images, labels = own_data.read(own)
    np.testing.assert_array_equal(images, X)
    np.testing.assert_array_equal(labels, Y)
    assert own_data.find(own.name) == own == own_data.kept()[0]
    assert files(own) == [f"{own.sha256}.json", f"{own.sha256}.npz"]


def test_the_same_images_are_kept_once_and_others_have_another_name(own):
    assert own_data.keep("Another title", X, Y, NAMES) == own
    others = [(X[::-1], Y, NAMES), (X, Y[::-1], NAMES), (X, Y, NAMES[::-1])]
    assert len({own.name, *(own_data.keep("Other", *other).name for other in others)}) == 4


def test_the_last_seventh_of_a_fixed_mixed_order_is_the_test_set(own):
    loaded = data.load(own.name)
    assert (len(loaded.x_train), len(loaded.x_test)) == (120, 20)
    pixels = np.concatenate([loaded.x_train, loaded.x_test])
    order = data.epoch_order(data.TEST_SEED, 0, 140)
    np.testing.assert_allclose(pixels * 255, X.reshape(-1, 784)[order], atol=1e-4)
    np.testing.assert_array_equal(np.concatenate([loaded.y_train, loaded.y_test]), Y[order])
    assert data.entry(own.name).test_images == 20


def test_mnist_fits_the_same_rule():
    assert (data.entry("mnist").images, data.entry("mnist").test_images) == (70_000, 10_000)


def test_the_built_in_names_are_those_of_the_table():
    assert tuple(data.DATASETS) == BUILT_IN


@pytest.mark.parametrize(
    "name", ["own-", "own-xyz", "own-" + "A" * 16, "own-" + "a" * 17, "../own-" + "a" * 16, "own-*"]
)
def test_a_name_of_another_form_is_one_sentence(name, record):
    with pytest.raises(ConfigError, match="it must be one of mnist, fashion_mnist, or own- with 16 digits"):
        parse_config({"dataset": name})
    with pytest.raises(DataError, match="is not here: upload it again"):
        data.entry(name)


def test_a_set_that_is_not_here_fails_the_run_with_a_sentence(record):
    run = train_here(record, SMALL.model_copy(update={"dataset": "own-" + "a" * 16, "images": 64}))
    assert (run.state, run.error) == ("failed", "The data set own-aaaaaaaaaaaaaaaa is not here: upload it again.")


def test_more_images_than_there_are_fail_the_run_with_a_sentence(record, own):
    run = train_here(record, SMALL.model_copy(update={"dataset": own.name}))
    assert run.error == (
        f"images = 640 is not possible: the data set {own.name} has 140 images, of which 20 are kept for testing."
    )


def test_the_terminal_refuses_them_before_anything_is_recorded(record, own, capsys, monkeypatch):
    from vae import cli

    monkeypatch.setattr("sys.argv", ["vae", "train", "--set", f"dataset={own.name}"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    assert "images = 60000 is not possible: the data set own-" in capsys.readouterr().err
    assert record.newest() == []


@pytest.mark.parametrize("damage", ["flip", "cut", "gone", "swap"])
def test_a_damaged_file_is_noticed(own, damage):
    file = own_data.folder() / "datasets" / f"{own.sha256}.npz"
    content = bytearray(file.read_bytes())
    if damage == "flip":
        content[len(content) // 2] ^= 1
    if damage == "swap":
        buffer = io.BytesIO()
        np.savez(buffer, images=X[::-1], labels=Y)
        content = buffer.getvalue()
    file.write_bytes(content[: len(content) // 2] if damage == "cut" else content)
    if damage == "gone":
        file.unlink()
    with pytest.raises(DataError, match=f"The data set {own.name} is missing or damaged: upload it again."):
        data.load(own.name)


@pytest.mark.parametrize("content", [b"", b"{", b"{}", b'{"sha256": "../../x"}', json.dumps({"more": 1}).encode()])
def test_a_description_that_is_none_is_passed_over(own, content):
    file = own_data.folder() / "datasets" / f"{own.sha256}.json"
    file.write_bytes(content)
    (file.parent / f"{'0' * 64}.json").write_bytes(own.model_dump_json().encode())
    assert own_data.kept() == []
    with pytest.raises(DataError, match="is not here"):
        own_data.find(own.name)


def test_a_set_is_deleted_only_when_no_run_uses_it(record, own):
    run_id = record.create(RunConfig(dataset=own.name, images=120), "tape")
    with pytest.raises(DataError, match="These images are used by 1 run, which must be deleted first."):
        own_data.delete(record, own)
    record.end(run_id, "stopped")
    record.delete(run_id)
    own_data.delete(record, own)
    assert own_data.kept() == [] and files(own) == []


def test_the_disk_for_sets_is_bounded(own, monkeypatch):
    monkeypatch.setattr(own_data, "MAX_DISK", 30_000)
    with pytest.raises(DataError, match="There is no room for these images: own data sets take up"):
        own_data.keep("More", X[::-1], Y, NAMES)
    assert len(own_data.kept()) == 1


def test_a_disk_that_is_full_is_one_sentence_and_leaves_nothing(own, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(DataError, match="The images could not be kept: No space left on device."):
        own_data.keep("More", X[::-1], Y, NAMES)
    assert len(files(own)) == 2


def test_a_title_is_one_short_line(record):
    assert own_data.keep("  a\nb\0" + "c" * 100, X, Y, NAMES).title == ("a b " + "c" * 100)[:80]
    assert own_data.keep(" ", X[::-1], Y, NAMES).title == "Own images"


def test_the_folder_is_the_records(own, record):
    assert own_data.folder() == record.folder != PROJECT / "runs"
