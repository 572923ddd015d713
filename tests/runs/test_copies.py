"""What the database knows of a run, once more beside its weights."""

import numpy as np
import pytest

from tests.conftest import new_record
from tests.runs.test_store import chunk
from vae.config import RunConfig
from vae.runs import copies, weights
from vae.runs.follow import Follower
from vae.runs.resuming import rewind

CONFIG = RunConfig(images=64_000, epochs=2)


@pytest.fixture
def store(tmp_path):
    return new_record(tmp_path)


@pytest.fixture
def run_id(store):
    run_id = store.create(CONFIG, "tape")
    store.claim(run_id, 1, 1.0)
    store.append(run_id, chunk(0, 100))
    copies.write(store, run_id)
    store.append(run_id, chunk(100, 150))
    copies.write(store, run_id)
    return run_id


def copied(store, run_id):
    return sorted(file.name for file in store.weights_folder(run_id).glob("copy-*.npz"))


def test_each_copy_has_the_steps_since_the_one_before(store, run_id):
    assert copied(store, run_id) == ["copy-000000000-000000100.npz", "copy-000000100-000000150.npz"]
    rows = list(copies.steps(store.weights_folder(run_id)))
    for name, column in store.metrics(run_id)._asdict().items():
        assert np.array_equal([row[name] for row in rows], column)


def test_nothing_new_is_no_new_file(store, run_id):
    copies.write(store, run_id)
    assert len(copied(store, run_id)) == 2


def test_a_rewind_takes_back_what_came_after_and_the_gap_is_filled_again(store, run_id):
    rewind(store, run_id, 120)
    assert copied(store, run_id) == ["copy-000000000-000000100.npz"]
    copies.write(store, run_id)
    assert copied(store, run_id)[1:] == ["copy-000000100-000000120.npz"]
    assert [row["step"] for row in copies.steps(store.weights_folder(run_id))] == list(range(120))


def test_a_run_that_somebody_has_deleted_leaves_nothing_behind(store, run_id):
    store.end(run_id, "finished")
    store.delete(run_id)
    copies.refresh(store, run_id)
    assert not store.weights_folder(run_id).exists()


def test_what_cannot_be_written_is_logged_and_keeps_nobody_from_going_on(store, run_id, caplog):
    folder = store.weights_folder(run_id)
    (folder / copies.ROWS).unlink()
    (folder / copies.ROWS).mkdir()
    copies.refresh(store, run_id)
    assert f"Run {run_id} is not copied: The run could not be copied: " in caplog.text


def test_a_run_that_has_finished_is_copied_in_one_file_which_is_read_instead_of_the_database(store, run_id):
    assert copies.finished_metrics(store, run_id) is None
    store.end(run_id, "finished")
    copies.write(store, run_id)
    assert copied(store, run_id) == ["copy-000000000-000000150.npz"]
    known = store.metrics(run_id)
    with store.begin() as connection:
        connection.exec_driver_sql("DELETE FROM metrics WHERE step < 149")
    assert all(map(np.array_equal, Follower(store, run_id).read(), known))
    assert [column.dtype for column in copies.finished_metrics(store, run_id)] == [column.dtype for column in known]


@pytest.mark.parametrize("damage", ["missing", "torn", "shorter"])
def test_where_that_file_is_not_whole_the_database_is_read(store, run_id, damage):
    store.end(run_id, "finished")
    copies.write(store, run_id)
    (file,) = store.weights_folder(run_id).glob("copy-*.npz")
    if damage == "missing":
        file.unlink()
    elif damage == "torn":
        file.write_bytes(file.read_bytes()[:-100])
    else:
        weights.save(file, {name: column[1:] for name, column in store.metrics(run_id)._asdict().items()})
    assert copies.finished_metrics(store, run_id) is None
    assert all(map(np.array_equal, Follower(store, run_id).read(), store.metrics(run_id)))


def test_a_training_copies_all_of_itself(trained):
    store, runs = trained
    for run in runs:
        folder = store.weights_folder(run.id)
        assert copied(store, run.id) == [f"copy-000000000-{run.config.steps:09}.npz"]
        steps = [row["step"] for row in copies.steps(folder)]
        assert steps == list(range(run.config.steps))
        rows = copies.rows(folder)
        assert rows["runs"][0]["state"] == "finished" and rows["validations"]
