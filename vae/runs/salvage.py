"""Reading a damaged SQLite database row by row: whatever can still be read, and nothing that was never written."""

import json
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from vae.runs.run import ACTIVE, ENDED, is_id
from vae.runs.tables import SCHEMA_VERSION, runs, schema, version

PAGE = 4096
HEADER = 100
# A row takes some 40 bytes at least, so that a page holds no more of them.
ROWS_PER_PAGE = 100


class Damaged:
    """A damaged database, open for reading.

    Attributes:
        version: of its tables' shape; this program's if that cannot be read.
        hurt: the tables that have something in them which cannot be read.
    """

    def __init__(self, file: Path):
        """Args: file: a copy of the damaged database that `readable_copy` has made."""
        self.connection = sqlite3.connect(file)
        self.most = (file.stat().st_size // PAGE + 1) * ROWS_PER_PAGE
        self.hurt: set[str] = set()
        self.version = next((row["version"] for row in self.rows(version)), SCHEMA_VERSION)

    def runs(self) -> Iterator[dict[str, Any]]:
        """The rows of runs, those left out whose id, state or settings cannot be."""
        for row in self.rows(runs):
            if is_run(row):
                yield row
            else:
                self.hurt.add(runs.name)

    def rows(self, table: sa.Table) -> Iterator[dict[str, Any]]:
        """The rows of a table, in the order in which they were written."""
        try:
            ((last,),) = self.connection.execute(f"SELECT max(rowid) FROM {table.name}")
        except sqlite3.Error:
            last = self.most
        where = f"FROM {table.name} NOT INDEXED WHERE rowid BETWEEN ? AND ? ORDER BY rowid"
        yield from self._between(table, "rowid", where, (), last or 0)

    def steps(self, table: sa.Table, run: str, last: int) -> Iterator[dict[str, Any]]:
        """A run's rows of a table whose key is run and step, up to the step `last`."""
        where = f"FROM {table.name} WHERE run = ? AND step BETWEEN ? AND ? ORDER BY step"
        yield from self._between(table, "step", where, (run,), last)

    def _between(self, table: sa.Table, key: str, where: str, before: tuple, last: int) -> Iterator[dict[str, Any]]:
        try:
            there = {row[1] for row in self.connection.execute(f"PRAGMA table_info({table.name})")}
        except sqlite3.Error:
            there = set()
        columns = [column for column in table.columns if column.name in there]
        query = f"SELECT {key}, {', '.join(column.name for column in columns)} {where}"
        # A range that cannot be read to its end is halved, down to the single rows that cannot be read.
        ranges = [(0, last)] if columns else []
        while ranges:
            low, high = ranges.pop()
            try:
                for number, *values in self.connection.execute(query, (*before, low, high)):
                    if not isinstance(number, int) or not low <= number <= high:
                        raise sqlite3.DatabaseError("The rows are not in their order.")
                    low = number + 1
                    row = checked(columns, values)
                    if row is None:
                        self.hurt.add(table.name)
                    else:
                        yield row
            except sqlite3.Error:
                self.hurt.add(table.name)
                if low < high:
                    middle = (low + high) // 2
                    ranges += [(middle + 1, high), (low, middle)]


def checked(columns: Sequence[sa.Column], values: Sequence[Any]) -> dict[str, Any] | None:
    """A row as the program reads it, of the driver's values; None if it cannot have written them."""
    try:
        return {column.name: _value(column, raw) for column, raw in zip(columns, values, strict=True)}
    except ValueError:
        return None


def is_run(row: dict[str, Any]) -> bool:
    """Whether a row of runs can be one. Settings of another version are kept: that can read them."""
    return is_id(row["id"]) and row["state"] in ACTIVE + ENDED and isinstance(row["config"], dict)


def _value(column: sa.Column, raw: Any) -> Any:
    """What the program reads from a column; a ValueError if it cannot have written that."""
    if raw is None and column.nullable:
        return None
    if isinstance(column.type, sa.JSON) and isinstance(raw, str):
        return json.loads(raw)
    if isinstance(column.type, sa.Boolean) and raw in (0, 1):
        return bool(raw)
    if isinstance(column.type, sa.String) and isinstance(raw, str) and len(raw) <= (column.type.length or 0):
        return raw
    if isinstance(column.type, sa.Integer) and isinstance(raw, int):
        return raw
    if isinstance(column.type, sa.Float) and isinstance(raw, (int, float)):
        return float(raw)
    raise ValueError


def make(file: Path) -> sa.Engine:
    """An empty database of runs."""
    engine = sa.create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        schema.create_all(connection)
        connection.execute(version.insert().values(version=SCHEMA_VERSION))
    return engine


def readable_copy(file: Path, scratch: Path) -> Path:
    """A copy in the folder `scratch` whose first page is such that SQLite reads the others, if there is a way.

    The first page says what the others are. If it is destroyed, that of a new database does: the tables begin where
    they do there, unless the database was made by an older version of the program.
    """
    copy, new = scratch / "copy.sqlite3", scratch / "new.sqlite3"
    make(new).dispose()
    first = new.read_bytes()[:PAGE]
    # 2, 2: there may be a write-ahead log.
    first = first[:18] + bytes((2, 2)) + first[20:]
    with file.open("rb") as opened:
        own = opened.read(PAGE)
    for page in (own, first[:HEADER] + own[HEADER:], first):
        shutil.copyfile(file, copy)
        if Path(f"{file}-wal").exists():
            shutil.copyfile(f"{file}-wal", f"{copy}-wal")
        with copy.open("r+b") as opened:
            # A count of 0 pages means: as many as the file has, which in a truncated one is not what is written.
            opened.write(page[:28] + bytes(4) + page[32:])
        if len(page) == PAGE and _has_tables(copy):
            break
    return copy


def _has_tables(file: Path) -> bool:
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            return runs.name in names
    except sqlite3.Error:
        return False
