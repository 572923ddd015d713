"""A record in PostgreSQL: a real server, real workers, and nothing that gives its password away."""

import threading
from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest

from tests.conftest import SMALL
from tests.jobs.test_local import wait, workers
from tests.postgres import PASSWORD, Server
from tests.runs.test_store import chunk, running
from vae.jobs import local
from vae.jobs.local import Dispatcher
from vae.runs import DatabaseError, Store, StoreError, weights
from vae.runs.database import LOCKED


@pytest.fixture
def record(postgresql: Server, tmp_path) -> Iterator[Store]:
    """An empty record in PostgreSQL."""
    store = Store(tmp_path, postgresql.new_database(), patience=0.2)
    yield store
    store.engine.dispose()


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_the_address_is_taken_as_hosts_write_it(postgresql, tmp_path, scheme):
    store = Store(tmp_path, postgresql.url("postgres", scheme))
    assert store.engine.driver == "psycopg"
    store.engine.dispose()


def test_a_worker_trains_a_run(record):
    dispatcher = Dispatcher(record).start()
    try:
        (run_id,) = local.submit(record, SMALL, ("tape",))
        wait(lambda: not record.get(run_id).active, 120)
        run = record.get(run_id)
        assert (run.state, run.step, len(record.metrics(run_id).step)) == ("finished", 20, 20)
        assert run.result["images"] == 10_000 and record.validations(run_id)
        assert weights.steps(record.weights_folder(run_id)) == [0, 10, 20]
    finally:
        dispatcher.close()
        for process in workers(record):
            process.kill()
        for child in dispatcher.children:
            child.wait(10)


def test_deleting_the_row_of_a_run_takes_its_metrics_along(record):
    run_id = running(record)
    record.append(run_id, chunk(0, 5))
    with record.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM runs")
    assert not len(record.metrics(run_id).step)


def test_two_hosts_open_a_new_database_at_once(postgresql, tmp_path):
    url, stores = postgresql.new_database(), []
    threads = [
        threading.Thread(target=lambda n=number: stores.append(Store(tmp_path / str(n), url))) for number in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(stores) == 6
    for store in stores:
        store.engine.dispose()


def test_a_locked_table_is_said_in_a_sentence_and_nothing_is_lost(record):
    run_id = running(record)
    with closing(psycopg.connect(record.address()["VAE_LAB_DATABASE_URL"].replace("+psycopg", ""))) as other:
        other.execute("LOCK TABLE metrics, runs")
        with pytest.raises(DatabaseError) as error:
            record.append(run_id, chunk(0, 5))
        assert str(error.value) == LOCKED
    record.append(run_id, chunk(0, 5))
    assert len(record.metrics(run_id).step) == 5


def test_a_server_that_was_started_anew_is_found_again(tmp_path, postgresql):
    with closing(Server(postgresql.bin)) as server:
        store = Store(tmp_path, server.new_database())
        run_id = running(store)
        server.stop()
        try:
            with pytest.raises(DatabaseError, match="PostgreSQL does not answer"):
                store.get(run_id)
            server.start()
            assert store.get(run_id).state == "running"
        finally:
            store.engine.dispose()


WRONG = {
    "password": ("postgresql://lab:{secret}x@127.0.0.1:{port}/postgres", "refuses the user or the password"),
    "user": ("postgresql://nobody:{secret}@127.0.0.1:{port}/postgres", "refuses the user or the password"),
    "database": ("postgresql://lab:{good}@127.0.0.1:{port}/nowhere", "no such database"),
    "port": ("postgresql://lab:{secret}@127.0.0.1:1/postgres", "does not answer"),
    "host": ("postgresql://lab:{secret}@no-such-host.invalid/postgres", "does not answer"),
    "a raw @ in the password": ("postgresql://lab:s3cret@s3cret@127.0.0.1:{port}/postgres", "does not answer"),
    "option": ("postgresql://lab:{secret}@127.0.0.1:{port}/postgres?s3cret=1", "does not answer"),
    "no port": ("postgresql://lab:{secret}@127.0.0.1:s3cret/postgres", "is not a database address"),
    "no driver": ("postgresql+s3cret://lab:{secret}@127.0.0.1/postgres", "is not a database address"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_address_is_said_without_the_address(postgresql, tmp_path, case, caplog):
    url, sentence = WRONG[case]
    good = postgresql.url("").split("lab:")[1].split("@")[0]
    with pytest.raises(StoreError, match=sentence) as error:
        Store(tmp_path, url.format(secret="s3cret", good=good, port=postgresql.port))
    told = str(error.value) + caplog.text
    assert PASSWORD not in told and good not in told and "s3cret" not in told and "127.0.0.1" not in told
    assert error.value.__suppress_context__ and len(str(error.value).splitlines()) == 1
