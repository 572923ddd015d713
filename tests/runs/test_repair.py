"""Damaged databases: what the app says of them, and what `python -m vae runs repair` saves."""

import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import filelock
import numpy as np
import pytest

from tests.conftest import new_record
from tests.runs.test_store import chunk
from tests.test_cli import terminal
from vae.config import RunConfig
from vae.runs import DatabaseError, Store, StoreError, Validation, copies
from vae.runs.database import DAMAGED
from vae.runs.repair import IN_USE, repair
from vae.runs.tables import MIGRATIONS

NAME = "vae-lab.sqlite3"
PAGE = 4096
RUNS, STEPS = 6, 1500
CONFIG = RunConfig(images=64_000, epochs=2)


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    """A record of a few runs that nobody has open."""
    store = new_record(tmp_path_factory.mktemp("whole"))
    for number in range(RUNS):
        run_id = store.create(CONFIG, "tape", name=f"Run {number}")
        store.claim(run_id, 1, 1.0)
        store.append(run_id, chunk(0, STEPS))
        store.validated(run_id, Validation(STEPS, 0.5, 3, [1.0, 2.0], 0.5))
        store.end(run_id, "finished", result={"kl": 1.0})
        store.weights_folder(run_id).mkdir()
    store.engine.dispose()
    return store.folder


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    """A copy of it to damage."""
    return Path(shutil.copytree(whole, tmp_path / "runs"))


def noise(start: int, length: int) -> Callable[[Path], None]:
    """Damage: noise in the middle of a file."""

    def damage(file: Path) -> None:
        with file.open("r+b") as opened:
            opened.seek(start)
            opened.write(random.Random(start).randbytes(length))

    return damage


def cut(share: float) -> Callable[[Path], None]:
    """Damage: the end of a file is missing."""

    def damage(file: Path) -> None:
        with file.open("r+b") as opened:
            opened.truncate(int(file.stat().st_size * share))

    return damage


DAMAGES = {
    "the file's mark": noise(0, 16),
    "the header": noise(0, 100),
    "the first page": noise(0, PAGE),
    "pages in the middle": noise(100 * PAGE, 8 * PAGE),
    "a page cut in two": cut(0.777),
    "half the file": cut(0.5),
    "zero bytes": cut(0.0),
}


def mend(folder: Path) -> str:
    return "\n".join(repair(folder, f"sqlite:///{folder / NAME}"))


def read_all(store: Store) -> tuple[int, int]:
    """Reads every row; the numbers of runs and steps."""
    runs = store.newest()
    return len(runs), sum(len(store.metrics(run.id).step) for run in runs)


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_said_in_a_sentence_that_names_the_repair(folder, damage):
    DAMAGES[damage](folder / NAME)
    with pytest.raises(DatabaseError) as error:
        read_all(new_record(folder))
    assert str(error.value) == DAMAGED and "`python -m vae runs repair`" in DAMAGED


@pytest.mark.parametrize("damage", DAMAGES)
def test_after_a_repair_the_record_is_sound_and_the_damaged_file_is_kept(folder, damage):
    DAMAGES[damage](folder / NAME)
    damaged = (folder / NAME).read_bytes()
    told = mend(folder)
    runs, steps = read_all(new_record(folder))
    assert f"{runs} runs with {steps} steps could be saved" in told
    (kept,) = folder.glob("vae-lab.damaged-20??-??-??-??????.sqlite3")
    assert kept.read_bytes() == damaged and str(kept) in told
    assert not list(folder.glob("repair-*"))


@pytest.mark.parametrize("damage", ["the file's mark", "the header", "the first page"])
def test_nothing_is_lost_where_only_the_beginning_is_destroyed(folder, damage):
    before = {run.id: run for run in new_record(folder).newest()}
    DAMAGES[damage](folder / NAME)
    assert f"{RUNS} runs with {RUNS * STEPS} steps could be saved" in mend(folder)
    after = new_record(folder)
    assert {run.id: run for run in after.newest()} == before
    assert all(after.validations(run_id)[0].kl == [1.0, 2.0] for run_id in before)


def test_pages_in_the_middle_cost_the_steps_that_were_in_them(folder):
    DAMAGES["pages in the middle"](folder / NAME)
    told = mend(folder)
    runs, steps = read_all(new_record(folder))
    assert runs == RUNS and RUNS * STEPS - 8 * PAGE // 40 < steps < RUNS * STEPS
    assert "steps could not be read." in told


@pytest.mark.parametrize("damage", DAMAGES)
def test_nothing_is_lost_of_runs_that_are_copied_beside_their_weights(folder, damage):
    store = new_record(folder)
    before = {run.id: run for run in store.newest()}
    for run_id in before:
        copies.write(store, run_id)
    metrics = {run_id: store.metrics(run_id) for run_id in before}
    store.engine.dispose()
    DAMAGES[damage](folder / NAME)
    told = mend(folder)
    assert f"{RUNS} runs with {RUNS * STEPS} steps could be saved" in told and "could not be read" not in told
    after = new_record(folder)
    assert {run.id: run for run in after.newest()} == before
    for run_id, known in metrics.items():
        assert all(map(np.array_equal, after.metrics(run_id), known))
        assert after.validations(run_id)[0].kl == [1.0, 2.0]


def test_copies_that_are_damaged_too_are_passed_over(folder):
    store = new_record(folder)
    first, second, *others = (run.id for run in store.newest())
    for run_id in (first, second, *others):
        copies.write(store, run_id)
    store.engine.dispose()
    noise(200, 5000)(next((folder / first).glob("copy-*.npz")))
    noise(10, 20)(folder / second / "copy.json")
    noise(0, (folder / NAME).stat().st_size)(folder / NAME)
    told = mend(folder)
    assert f"Of run {first} {STEPS} steps could not be read." in told
    assert f"Run {second} could not be read; its weights are still in" in told
    assert {run.id for run in new_record(folder).newest()} == {first, *others}


def test_a_broken_off_run_whose_last_steps_are_gone_says_how_many_it_has(folder):
    store = new_record(folder)
    run_id = store.create(CONFIG, "tape")
    store.claim(run_id, 1, 1.0)
    store.append(run_id, chunk(0, STEPS))
    with store.begin() as connection:
        connection.exec_driver_sql("DELETE FROM metrics WHERE run = ? AND step >= ?", (run_id, STEPS - 100))
    store.engine.dispose()
    noise(0, 16)(folder / NAME)
    assert f"Of run {run_id} 100 steps could not be read." in repair(folder, f"sqlite:///{folder / NAME}")
    # It would else go on from a checkpoint behind the gap.
    assert new_record(folder).get(run_id).step == STEPS - 100


def test_a_run_whose_row_is_gone_is_named_when_its_weights_are_there(folder):
    record = new_record(folder)
    gone, *others = record.newest()
    record.engine.dispose()
    with sqlite3.connect(folder / NAME) as connection:
        connection.execute("UPDATE runs SET config = '{\"epo' WHERE id = ?", (gone.id,))
    connection.close()
    told = mend(folder)
    assert f"Run {gone.id} could not be read; its weights are still in {folder / gone.id}." in told
    assert {run.id for run in new_record(folder).newest()} == {run.id for run in others}


def test_a_run_with_settings_of_another_version_is_kept_with_its_steps(folder):
    record = new_record(folder)
    run_id = record.newest()[0].id
    record.engine.dispose()
    with sqlite3.connect(folder / NAME) as connection:
        connection.execute("UPDATE runs SET config = json_set(config, '$.later', 1) WHERE id = ?", (run_id,))
    connection.close()
    DAMAGES["the header"](folder / NAME)
    assert f"{RUNS} runs with {RUNS * STEPS} steps could be saved" in mend(folder)
    assert len(new_record(folder).metrics(run_id).step) == STEPS


def test_what_only_the_write_ahead_log_has_is_saved_too(folder):
    record = new_record(folder)
    run_id = record.create(CONFIG, "fit", name="Newest")
    # As a crash leaves it: the log is not yet written into the file.
    crashed = folder.parent / "crashed"
    crashed.mkdir()
    for suffix in ("", "-wal"):
        shutil.copy(folder / f"{NAME}{suffix}", crashed / f"{NAME}{suffix}")
    record.engine.dispose()
    DAMAGES["the header"](crashed / NAME)
    mend(crashed)
    again = new_record(crashed)
    assert again.get(run_id).name == "Newest" and read_all(again) == (RUNS + 1, RUNS * STEPS)


def test_a_damaged_database_of_the_first_version_is_saved_into_one_of_this(folder):
    with sqlite3.connect(folder / NAME) as connection:
        for statement in MIGRATIONS[1]:
            _, _, table, _, _, column, *_ = statement.split()
            connection.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
        connection.execute("UPDATE schema_version SET version = 1")
    connection.close()
    DAMAGES["the header"](folder / NAME)
    mend(folder)
    record = new_record(folder)
    assert read_all(record) == (RUNS, RUNS * STEPS) and not record.newest()[0].pinned


def test_a_sound_database_is_left_as_it_is(folder):
    before = (folder / NAME).read_bytes()
    assert mend(folder) == f"The database of runs is sound: it has {RUNS} runs with {RUNS * STEPS} steps."
    assert (folder / NAME).read_bytes() == before


def test_a_record_that_another_process_has_open_is_not_repaired(folder):
    # A terminal that only looks has it open without a lock of ours, as a training has.

    code = (
        "import sys, sqlite3; c = sqlite3.connect(sys.argv[1]); c.execute('SELECT * FROM runs').fetchall(); "
        "print('open', flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(folder / NAME)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert other.stdout.readline() == b"open\n"
    try:
        DAMAGES["pages in the middle"](folder / NAME)
        with pytest.raises(StoreError) as error:
            mend(folder)
        assert str(error.value) == IN_USE
    finally:
        other.communicate()
    assert "could be saved" in mend(folder)


@pytest.mark.parametrize("lock", ["dispatcher.lock", "record.lock"])
def test_a_record_that_a_server_works_on_is_not_repaired(folder, lock):

    with filelock.FileLock(folder / lock), pytest.raises(StoreError, match="end it first, and then repair"):
        mend(folder)


def test_the_terminal_repairs(folder):
    DAMAGES["pages in the middle"](folder / NAME)
    place = {"VAE_LAB_ARTIFACTS": str(folder), "VAE_LAB_DATABASE_URL": ""}
    run = terminal("runs", **place)
    assert run.returncode == 0  # those pages hold steps alone
    run = terminal("runs", "repair", **place)
    assert run.returncode == 0 and "could be saved" in run.stdout and not run.stderr
    assert terminal("runs", "repair", **place).stdout.startswith("The database of runs is sound")


def test_postgresql_is_left_to_its_own_tools():
    run = terminal("runs", "repair", VAE_LAB_DATABASE_URL="postgresql://lab:s3cret@127.0.0.1:1/lab")
    assert run.returncode == 2 and "use PostgreSQL's own tools" in run.stderr and "s3cret" not in run.stderr


def test_without_a_database_there_is_nothing_to_repair(tmp_path):
    run = terminal("runs", "repair", VAE_LAB_ARTIFACTS=str(tmp_path), VAE_LAB_DATABASE_URL="")
    assert run.returncode == 2 and "There is nothing to repair" in run.stderr and len(run.stderr.splitlines()) == 1


def test_a_page_says_it_in_one_sentence(app, folder, monkeypatch):
    monkeypatch.setenv("VAE_LAB_ARTIFACTS", str(folder))
    monkeypatch.delenv("VAE_LAB_DATABASE_URL", raising=False)
    DAMAGES["half the file"](folder / NAME)
    page = app()
    assert not page.exception and [error.value for error in page.error] == [DAMAGED]


def test_a_page_that_meets_damage_half_way_says_it_in_one_sentence(app, folder, monkeypatch):
    monkeypatch.setenv("VAE_LAB_ARTIFACTS", str(folder))
    monkeypatch.delenv("VAE_LAB_DATABASE_URL", raising=False)
    record = new_record(folder)
    run = record.newest()[0]
    record.engine.dispose()
    noise(20 * PAGE, ((folder / NAME).stat().st_size // PAGE - 40) * PAGE)(folder / NAME)
    page = app("pages/compare.py", runs=run.id)
    assert not page.exception and [error.value for error in page.error] == [DAMAGED]
