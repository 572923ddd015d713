"""A database that another process has locked: a sentence, nothing lost, and it works again."""

import threading

import pytest

from tests.conftest import new_record
from tests.runs.locks import Locked
from tests.runs.test_store import chunk, running
from tests.test_cli import terminal
from vae.runs import DatabaseError, Store
from vae.runs.database import LOCKED


@pytest.fixture
def file(record):
    """The database of an empty record that nobody has open."""
    record.engine.dispose()
    return record.folder / "vae-lab.sqlite3"


def impatient(file) -> Store:
    return Store(file.parent, f"sqlite:///{file}", patience=0.2)


def test_a_record_that_is_locked_cannot_be_opened_until_the_lock_is_gone(file):
    with Locked(file):
        with pytest.raises(DatabaseError) as error:
            impatient(file)
        assert str(error.value) == LOCKED
    assert impatient(file).newest() == []


def test_a_write_that_meets_a_lock_says_so_and_can_be_done_again(file):
    store = impatient(file)
    run_id = running(store)
    with Locked(file, "NORMAL"):
        with pytest.raises(DatabaseError) as error:
            store.append(run_id, chunk(0, 5))
        assert str(error.value) == LOCKED
        # Pages go on reading meanwhile.
        assert store.get(run_id).step == 0
    store.append(run_id, chunk(0, 5))
    assert len(store.metrics(run_id).step) == 5


def test_a_patient_record_waits_for_the_lock_and_loses_nothing(file):
    store = Store(file.parent, f"sqlite:///{file}", patience=60)
    run_id = running(store)
    with Locked(file, "NORMAL"):
        writing = threading.Thread(target=store.append, args=(run_id, chunk(0, 5)))
        writing.start()
        writing.join(0.5)
        assert writing.is_alive()
    writing.join(60)
    assert len(store.metrics(run_id).step) == 5


def test_the_terminal_says_it_in_one_sentence(file):
    with Locked(file):
        run = terminal("runs", VAE_LAB_DATABASE_URL=f"sqlite:///{file}?timeout=0.2")
    assert (run.returncode, run.stdout, run.stderr) == (2, "", LOCKED + "\n")
    assert terminal("runs").returncode == 0


def test_a_page_says_it_in_one_sentence(app, file, monkeypatch):
    monkeypatch.setenv("VAE_LAB_DATABASE_URL", f"sqlite:///{file}?timeout=0.2")
    with Locked(file):
        page = app()
        assert not page.exception and [error.value for error in page.error] == [LOCKED]
    assert not app().error


def test_a_page_that_is_open_says_it_when_it_writes_and_works_again(app, file, monkeypatch):
    monkeypatch.setenv("VAE_LAB_DATABASE_URL", f"sqlite:///{file}?timeout=0.2")
    page = app()
    with Locked(file, "NORMAL"):
        page.button[0].click().run()
        assert not page.exception and [error.value for error in page.error] == [LOCKED]
    assert new_record(file.parent).newest() == []
    page.button[0].click().run()
    assert not page.error and len(new_record(file.parent).newest()) == 2
