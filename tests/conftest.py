"""What the tests share: a record of their own, and a small trained run in it."""

import gc
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import hypothesis
import psutil
import pytest
import sqlalchemy as sa

from tests import postgres
from vae.config import RunConfig
from vae.jobs.processes import born
from vae.runs import Run, Store, open_store, tables

# The same examples every time, however slow the machine is at the moment.
hypothesis.settings.register_profile("steady", deadline=None, derandomize=True)
# What `--hypothesis-profile thorough` takes, an hour and not for every change: so many settings and addresses, and a
# fifth as many uploads and bundles.
hypothesis.settings.register_profile("thorough", deadline=None, derandomize=True, max_examples=10_000)
hypothesis.settings.load_profile("steady")

PROJECT = Path(__file__).parents[1]
SMALL = RunConfig(images=640, epochs=2, latent_dim=4, kl_reduction="sum")


def new_record(folder: Path) -> Store:
    """An empty record in SQLite."""
    return Store(folder, f"sqlite:///{folder / 'vae-lab.sqlite3'}")


def claimed(
    record: Store, config: RunConfig = SMALL, loop: str = "tape", name: str = "", race: str | None = None
) -> str:
    """The id of a new run that this process trains."""
    run_id, me = record.create(config, loop, name, race), psutil.Process()
    record.claim(run_id, me.pid, born(me))
    return run_id


def suspend(record: Store, processes: Iterable[psutil.Process]) -> None:
    """Lets processes stand still, none of them with the lock of the database, which is SQLite, in its hand."""
    with record.engine.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        for process in processes:
            process.suspend()
        connection.rollback()


def train_here(record: Store, config: RunConfig, loop: str = "tape", name: str = "", race: str | None = None) -> Run:
    """Trains a run in this process, by the same function as a worker."""
    from vae.training import train

    return train(record, claimed(record, config, loop, name, race))


def from_another_version(record: Store, run_id: str) -> str:
    """Gives a run a setting that this version does not know; returns its id."""
    with record.begin() as connection:
        one = tables.runs.c.id == run_id
        config = connection.execute(sa.select(tables.runs.c.config).where(one)).scalar_one()
        connection.execute(tables.runs.update().where(one).values(config={**config, "unheard_of": 1}))
    return run_id


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """An empty record, which is also the one that the app and the terminal use during the test."""
    monkeypatch.setenv("VAE_LAB_ARTIFACTS", str(tmp_path / "runs"))
    monkeypatch.delenv("VAE_LAB_DATABASE_URL", raising=False)
    return open_store()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[postgres.Server]:
    """A PostgreSQL server for all tests of a session."""
    programs = postgres.programs()
    if not programs and not os.environ.get("CI"):
        pytest.skip("There is no PostgreSQL on this machine.")
    assert programs, "There is no PostgreSQL on this machine: install Debian's package postgresql."
    server = postgres.Server(programs)
    yield server
    server.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def any_record(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty record, in each of the databases that it can be in."""
    folder = tmp_path / "runs"
    if request.param == "sqlite":
        store = new_record(folder)
    else:
        store = Store(folder, request.getfixturevalue("postgresql").new_database())
    yield store
    store.engine.dispose()


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, list[Run]]:
    """A record with a race of two small finished runs, tape and fit. Read it only."""
    folder = tmp_path_factory.mktemp("trained")
    store = new_record(folder)
    return store, [train_here(store, SMALL, loop, name="Small", race="ab" * 16) for loop in ("tape", "fit")]


@pytest.fixture
def full_record(trained: tuple[Store, list[Run]], monkeypatch: pytest.MonkeyPatch) -> list[Run]:
    """Makes the app and the terminal use the record of `trained`; returns its runs."""
    monkeypatch.setenv("VAE_LAB_ARTIFACTS", str(trained[0].folder))
    monkeypatch.delenv("VAE_LAB_DATABASE_URL", raising=False)
    return trained[1]


@pytest.fixture(scope="session")
def installed_components() -> list:
    """What Streamlit's test runner looks for in all installed packages at each page, half of the page's time."""
    from streamlit.components.v2.manifest_scanner import scan_component_manifests

    return scan_component_manifests()


@pytest.fixture(scope="session")
def ready() -> None:
    """What a server does once, in the background, before its pages are quick."""
    from pages.parts import background, outlook

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outlook, "read_ahead", lambda: None)
        background._get_ready()


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, installed_components: list, ready: None) -> Callable:
    """Opens a page in Streamlit's own test runner, through the entry point: `app("pages/train.py", run="...")`."""
    import streamlit as st
    from streamlit.components.v2 import manifest_scanner
    from streamlit.testing.v1 import AppTest

    from pages.parts import outlook
    from vae.jobs.local import Dispatcher

    # No worker beside these tests: that the server starts one is the browser tests' claim.
    monkeypatch.setattr(Dispatcher, "start", lambda self: self)
    monkeypatch.setattr(Dispatcher, "close", lambda self: None)
    # Nor what a server works out ahead of its pages: each test would pay for it.
    monkeypatch.setattr(outlook, "read_ahead", lambda: None)
    # Once is enough: what is frozen again and again is never freed, gigabytes of it.
    monkeypatch.setattr(gc, "freeze", lambda: None)
    monkeypatch.setattr(manifest_scanner, "scan_component_manifests", lambda: installed_components)
    st.cache_resource.clear()

    def open_page(page: str = "streamlit_app.py", **query: str | list[str]) -> AppTest:
        test = AppTest.from_file(str(PROJECT / "streamlit_app.py"), default_timeout=60)
        for key, value in query.items():
            test.query_params[key] = value
        if page != "streamlit_app.py":
            test.switch_page(page)
        return test.run()

    yield open_page
    st.cache_resource.clear()
