"""The database of runs."""

import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import PROJECT, from_another_version, new_record
from vae.config import RunConfig
from vae.runs import Metrics, RunNotFoundError, Store, StoreError, Validation, open_store
from vae.runs.follow import Follower
from vae.runs.run import MAX_NAME, clean_name, is_id

CONFIG = RunConfig(images=640, epochs=2)


@pytest.fixture
def record(any_record: Store) -> Store:
    """What is said of the record here holds in each of its databases."""
    return any_record


def chunk(start: int, stop: int) -> Metrics:
    """Metrics of the steps from `start` to `stop`."""
    steps = np.arange(start, stop)
    values = steps / 7
    return Metrics(steps, steps // 10, np.full(len(steps), 64), values + 1, values, np.ones(len(steps)), values / 100)


def running(record: Store) -> str:
    run_id = record.create(CONFIG, "tape")
    assert record.claim(run_id, 1, 1.0)
    return run_id


def test_a_new_run_waits_and_keeps_its_settings(record):
    run = record.get(record.create(CONFIG, "fit", name="Mine", race="a" * 32))
    assert (run.config, run.loop, run.name, run.race) == (CONFIG, "fit", "Mine", "a" * 32)
    assert (run.state, run.step, run.active) == ("queued", 0, True)


def test_a_run_without_a_name_gets_one(record):
    assert record.get(record.create(CONFIG, "tape")).name.startswith("Run ")


def test_the_newest_run_comes_first(record):
    ids = [record.create(CONFIG, "tape") for _ in range(3)]
    assert [run.id for run in record.newest()] == ids[::-1]


def test_runs_are_found_by_state_and_race(record):
    first, second = record.create(CONFIG, "tape", race="a" * 32), record.create(CONFIG, "fit")
    record.claim(second, 1, 1.0)
    assert [run.id for run in record.newest(("running",))] == [second]
    assert [run.id for run in record.newest(race="a" * 32)] == [first]


def test_metrics_come_back_as_they_went_in(record):
    run_id = running(record)
    record.append(run_id, chunk(0, 5))
    record.append(run_id, chunk(5, 12))
    for ours, theirs in zip(record.metrics(run_id), chunk(0, 12), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert record.get(run_id).step == 12


def test_only_new_metrics_are_read(record):
    run_id = running(record)
    record.append(run_id, chunk(0, 12))
    assert record.metrics(run_id, after=8).step.tolist() == [9, 10, 11]


def test_a_run_without_steps_has_empty_metrics(record):
    assert [len(column) for column in record.metrics(running(record))] == [0] * 7


def test_a_follower_sees_steps_as_they_come(record):
    run_id = running(record)
    follower = Follower(record, run_id)
    record.append(run_id, chunk(0, 5))
    assert len(follower.read().step) == 5
    record.append(run_id, chunk(5, 9))
    np.testing.assert_array_equal(follower.read().loss, chunk(0, 9).loss)


def test_of_two_claims_one_wins(record):
    run_id = record.create(CONFIG, "tape")
    won = []
    threads = [threading.Thread(target=lambda pid=pid: won.append(record.claim(run_id, pid, 1.0))) for pid in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False] * 7 + [True]


def test_a_run_that_is_made_by_the_process_that_trains_it_is_nobody_elses(record):
    run_id = record.create(CONFIG, "tape", owner=(7, 1.0))
    assert not record.claim(run_id, 1, 1.0)
    run = record.get(run_id)
    assert (run.state, run.phase, run.pid, run.pid_created) == ("running", "Starting", 7, 1.0)
    assert run.started == run.heartbeat >= run.created


def test_a_run_ends_once(record):
    run_id = running(record)
    assert record.end(run_id, "finished", result={"kl": 1.0})
    assert not record.end(run_id, "lost", error="too late")
    run = record.get(run_id)
    assert (run.state, run.error, run.result) == ("finished", None, {"kl": 1.0})


def test_a_queued_run_that_is_stopped_ends_at_once(record):
    run_id = record.create(CONFIG, "tape")
    record.ask_stop(run_id)
    assert record.get(run_id).state == "stopped"
    assert not record.claim(run_id, 1, 1.0)


def test_a_running_run_hears_that_it_should_stop(record):
    run_id = running(record)
    assert not record.beat(run_id)
    record.ask_stop(run_id)
    assert record.beat(run_id)
    assert record.get(run_id).state == "running"


def test_a_run_that_was_ended_by_others_hears_that_it_should_stop(record):
    run_id = running(record)
    record.end(run_id, "lost")
    assert record.beat(run_id)
    assert record.append(run_id, chunk(0, 5))


def test_steps_show_that_the_run_lives_and_bring_back_that_it_should_stop(any_record):
    run_id = running(any_record)
    began = any_record.get(run_id).heartbeat
    assert not any_record.append(run_id, chunk(0, 5))
    assert any_record.get(run_id).heartbeat > began
    any_record.ask_stop(run_id)
    assert any_record.append(run_id, chunk(5, 9))


def test_a_run_is_renamed_and_an_empty_name_changes_nothing(record):
    run_id = record.create(CONFIG, "tape", name="Before")
    record.rename(run_id, "  After\n all ")
    record.rename(run_id, " \t")
    assert record.get(run_id).name == "After all"


def test_a_run_that_trains_is_not_deleted(record):
    run_id = running(record)
    with pytest.raises(StoreError, match="stop it first"):
        record.delete(run_id)


def test_deleting_takes_metrics_and_weights_along(record):
    run_id = running(record)
    record.append(run_id, chunk(0, 5))
    folder = record.weights_folder(run_id)
    folder.mkdir()
    record.end(run_id, "finished")
    record.delete(run_id)
    assert not folder.exists() and not len(record.metrics(run_id).step)
    with pytest.raises(RunNotFoundError, match="There is no run"):
        record.get(run_id)


@pytest.mark.parametrize("run_id", ["", "x", "../../etc", "A" * 32, "0" * 31, "0" * 33, "0" * 32 + "\n", "' OR 1=1 --"])
def test_what_is_not_an_id_is_refused_with_a_sentence(record, run_id):
    with pytest.raises(RunNotFoundError, match="is not the id of a run"):
        record.get(run_id)


@given(st.text())
def test_only_32_hex_digits_are_an_id(text):
    assert is_id(text) == (len(text) == 32 and set(text) <= set("0123456789abcdef"))


@given(st.text())
def test_a_name_is_one_short_line(text):
    name = clean_name(text)
    assert len(name) <= MAX_NAME and (name == "" or name.isprintable()) and clean_name(name) == name


def test_an_sqlite_database_is_in_wal_mode(tmp_path):
    new_record(tmp_path)
    assert sqlite3.connect(tmp_path / "vae-lab.sqlite3").execute("PRAGMA journal_mode").fetchone() == ("wal",)


@contextmanager
def opened_again(record: Store) -> Iterator[Store]:
    """The same record as another process opens it."""
    again = Store(record.folder, record.address()["VAE_LAB_DATABASE_URL"])
    try:
        yield again
    finally:
        again.engine.dispose()


def test_a_record_is_opened_again_with_what_it_held(record):
    run_id = record.create(CONFIG, "tape")
    with opened_again(record) as again:
        assert again.get(run_id).config == CONFIG


def test_a_database_of_an_older_version_is_migrated_and_keeps_its_runs(record):
    run_id = record.create(CONFIG, "tape", name="Old")
    found = Validation(10, 0.5, 3, [1.0, 2.0], 0.5)
    record.validated(run_id, found)
    with record.engine.begin() as connection:
        for column in ("pause_asked", "resumes", "pinned", "visitor"):
            connection.exec_driver_sql(f"ALTER TABLE runs DROP COLUMN {column}")
        connection.exec_driver_sql("ALTER TABLE validations DROP COLUMN reconstruction_variance")
        connection.exec_driver_sql("UPDATE schema_version SET version = 1")
    with opened_again(record) as again:
        run = again.get(run_id)
        assert again.validations(run_id) == [found]
    assert (run.name, run.config, run.pause_asked, run.resumes, run.pinned) == ("Old", CONFIG, False, 0, False)
    with opened_again(record) as again:  # a second time there is nothing to do
        assert again.get(run_id) == run


def test_a_run_that_this_version_cannot_read_is_left_out_of_lists_and_logged_once(record, caplog):
    unread, read = from_another_version(record, record.create(CONFIG, "tape")), record.create(CONFIG, "tape")
    for _ in range(3):
        assert [run.id for run in record.newest()] == [read]
    assert [unread in line for line in caplog.messages] == [True]


def test_a_run_that_this_version_cannot_read_is_said_in_a_sentence(record):
    run_id = from_another_version(record, record.create(CONFIG, "tape"))
    sentence = f"Run {run_id} was written by another version of this program and cannot be read here."
    with pytest.raises(StoreError, match=f"^{sentence}$"):
        record.get(run_id)


def test_a_database_of_another_version_is_refused_with_a_sentence(record):
    with record.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE schema_version SET version = 99")
    with (
        pytest.raises(StoreError, match="has version 99 and this program needs version 2"),
        opened_again(record),
    ):
        pass


def test_figures_that_are_no_numbers_are_kept(record):
    run_id = running(record)
    record.end(run_id, "finished", result={"bound": float("inf"), "kl": float("nan"), "units": 4})
    result = record.get(run_id).result
    assert (result["bound"], result["units"]) == (float("inf"), 4) and np.isnan(result["kl"])


@pytest.mark.parametrize("url", ["nonsense", "oracle://x", "sqlite+none:///x"])
def test_a_nonsense_address_is_refused_with_a_sentence(tmp_path, url):
    with pytest.raises(StoreError, match="VAE_LAB_DATABASE_URL is not a database address"):
        Store(tmp_path, url)


def test_a_folder_that_cannot_be_made_is_refused_with_a_sentence(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be written .*; set VAE_LAB_ARTIFACTS to one that can."):
        new_record(tmp_path / "file" / "runs")


@pytest.mark.parametrize("name", ["50%", "x%41y", "what?", "a b#c", "@home:1"])
def test_the_database_is_in_the_folder_whatever_that_is_called(tmp_path, monkeypatch, name):
    monkeypatch.setenv("VAE_LAB_ARTIFACTS", str(tmp_path / name))
    monkeypatch.delenv("VAE_LAB_DATABASE_URL", raising=False)
    record = open_store()
    run_id = record.create(CONFIG, "tape")
    assert (tmp_path / name / "vae-lab.sqlite3").is_file() and [path.name for path in tmp_path.iterdir()] == [name]
    # A worker, which is led there by the environment, finds it, too.
    for variable, value in record.address().items():
        monkeypatch.setenv(variable, value)
    assert open_store().get(run_id).config == CONFIG


WRITER = """
import sys
from tests.runs.test_store import chunk
from vae.runs import open_store
record = open_store()
for start in range(0, 400, 10):
    record.append(sys.argv[1], chunk(start, start + 10))
"""


def test_two_processes_that_write_at_once_lose_nothing(record):
    ids = [running(record), running(record)]
    place = {**os.environ, **record.address()}
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, run_id], cwd=PROJECT, env=place) for run_id in ids]
    assert [writer.wait(120) for writer in writers] == [0, 0]
    assert [len(record.metrics(run_id).step) for run_id in ids] == [400, 400]


OPENER = """
import sys, time
from pathlib import Path
from tests.conftest import new_record
time.sleep(max(0, float(sys.argv[2]) - time.time()))
for number in range(20):
    new_record(Path(sys.argv[1]) / str(number))
"""


def test_processes_that_open_a_new_record_at_once_all_can(tmp_path):
    together = str(time.time() + 3)
    openers = [subprocess.Popen([sys.executable, "-c", OPENER, str(tmp_path), together], cwd=PROJECT) for _ in range(4)]
    assert [opener.wait(120) for opener in openers] == [0] * 4
