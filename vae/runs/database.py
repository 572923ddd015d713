"""The database of the record: how it is reached, and what its errors mean, in a sentence."""

import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, exc

LOCKED = "The database of runs is in use by another program; nothing is lost: try again in a moment."
DAMAGED = (
    "The database of runs is damaged: stop the app and run `python -m vae runs repair`, "
    "which keeps what can still be read."
)
UNREACHABLE = (
    "PostgreSQL does not answer at the address in VAE_LAB_DATABASE_URL: check the address, and whether the server runs."
)
# By the primary code of SQLite, and by the SQLSTATE of PostgreSQL (all of them, or their class).
SQLITE = {
    sqlite3.SQLITE_BUSY: LOCKED,
    sqlite3.SQLITE_LOCKED: LOCKED,
    sqlite3.SQLITE_CORRUPT: DAMAGED,
    sqlite3.SQLITE_NOTADB: DAMAGED,
    sqlite3.SQLITE_FULL: "The database of runs cannot grow: the disk is full.",
    sqlite3.SQLITE_READONLY: "The database of runs cannot be written: make its file and its folder writable.",
}
POSTGRESQL = {
    "55P03": LOCKED,
    "53100": "The database of runs cannot grow: the disk of PostgreSQL is full.",
    "53300": "PostgreSQL has no connection left: try again in a moment, or raise its max_connections.",
    "25006": "The database of runs cannot be written: PostgreSQL is set to read only.",
    "42501": "The user in VAE_LAB_DATABASE_URL may not write to the database: grant it the rights to make tables.",
    "XX001": "PostgreSQL finds its data damaged: use its own tools (pg_amcheck) or a backup.",
    "XX002": "PostgreSQL finds an index damaged: use its own tools (pg_amcheck, REINDEX) or a backup.",
    "08": UNREACHABLE,
    "57P": UNREACHABLE,
}
REFUSALS = {
    "password": "PostgreSQL refuses the user or the password in VAE_LAB_DATABASE_URL.",
    "does not exist": "PostgreSQL has no such database or user as VAE_LAB_DATABASE_URL names: create it (createdb).",
    "too many": POSTGRESQL["53300"],
    "remaining connection slots": POSTGRESQL["53300"],
}
NOT_FINITE = "not finite"


class StoreError(RuntimeError):
    """The record cannot be used; the message is one sentence."""


class DatabaseError(StoreError):
    """The database cannot be read or written now; the message never holds its address."""


def connect(url: str | sa.URL, patience: float) -> sa.Engine:
    """An engine for the database; it does not connect yet.

    Args:
        url: the database's address, as SQLAlchemy or PostgreSQL's hosts write it (`postgres://`, `postgresql://`).
        patience: seconds to wait for a lock that another process holds.

    Raises:
        StoreError: no database can be meant.
    """
    try:
        address = sa.make_url(url)
        if address.drivername in ("postgres", "postgresql"):
            address = address.set(drivername="postgresql+psycopg")
        postgresql = address.get_backend_name() == "postgresql"
        waits: dict[str, Any] = {"connect_timeout": 10} if postgresql else {"timeout": patience}
        engine = sa.create_engine(
            address,
            # An error that is logged shall not tell what was in the row.
            hide_parameters=True,
            # PostgreSQL may have been started anew since the last look.
            pool_pre_ping=postgresql,
            connect_args={name: value for name, value in waits.items() if name not in address.query},
            json_serializer=_to_json,
            json_deserializer=_from_json,
        )
    except (exc.ArgumentError, ImportError, ValueError):
        # Not the address itself, nor a part of it: it may hold a password.
        raise StoreError("VAE_LAB_DATABASE_URL is not a database address that can be used here.") from None
    if postgresql:
        event.listen(engine, "connect", lambda connection, _: _set_up_postgresql(connection, patience))
    elif engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
    return engine


def sqlite_file(engine: sa.Engine) -> Path | None:
    """The file of an SQLite database; None for another database, or one in memory."""
    name = engine.url.database
    return Path(name) if engine.dialect.name == "sqlite" and name and name != ":memory:" else None


def insert(connection: sa.Connection, table: sa.Table, columns: Mapping[str, list]) -> None:
    """Adds many rows, given by columns; nothing is converted but by the driver."""
    rows = zip(*columns.values(), strict=True)
    if connection.dialect.name != "postgresql":
        places = ", ".join("?" * len(columns))
        connection.exec_driver_sql(f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({places})", list(rows))
        return
    # psycopg sends a row at a time, which takes five times as long as COPY.
    driver: Any = connection.connection.driver_connection
    with driver.cursor().copy(f"COPY {table.name} ({', '.join(columns)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def failures(engine: sa.Engine) -> tuple[type[Exception], ...]:
    """What reading or writing may raise: the driver's errors, and those of rows that are not what was written."""
    assert engine.dialect.loaded_dbapi
    return (
        exc.SQLAlchemyError,
        engine.dialect.loaded_dbapi.Error,
        json.JSONDecodeError,
        UnicodeDecodeError,
    )


def explain(error: Exception) -> str:
    """A sentence about one of `failures`."""
    cause = getattr(error, "orig", None) or error
    if isinstance(cause, (json.JSONDecodeError, UnicodeDecodeError)):
        return DAMAGED
    if isinstance(cause, sqlite3.Error):
        if "Could not decode to UTF-8" in str(cause):
            return DAMAGED
        return SQLITE.get(getattr(cause, "sqlite_errorcode", 0) & 0xFF) or _in_its_words(cause)
    state = getattr(cause, "sqlstate", None)
    if state:
        return next((POSTGRESQL[key] for key in POSTGRESQL if state.startswith(key)), _in_its_words(cause))
    if hasattr(cause, "sqlstate") and (isinstance(error, exc.OperationalError) or not getattr(error, "statement", "")):
        # Nor libpq's words: they hold the host, which is a part of the password where that has an @.
        return next((REFUSALS[key] for key in REFUSALS if key in str(cause)), UNREACHABLE)
    return _in_its_words(cause)


def _in_its_words(cause: Exception) -> str:
    return f"The database of runs cannot be used: {str(cause).splitlines()[0].rstrip('.')}."


def _set_up_sqlite(connection: sqlite3.Connection, _: Any) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _set_up_postgresql(connection: Any, patience: float) -> None:
    connection.execute(f"SET lock_timeout = {round(patience * 1000)}")
    connection.commit()


def _to_json(value: Any) -> str:
    try:
        return json.dumps(value, allow_nan=False)
    except ValueError:  # PostgreSQL takes no NaN, which Python writes and reads
        return json.dumps({NOT_FINITE: json.dumps(value)})


def _from_json(text: str) -> Any:
    value = json.loads(text)
    return json.loads(value[NOT_FINITE]) if isinstance(value, dict) and NOT_FINITE in value else value
