"""Reading and writing the record."""

import logging
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, cast

import filelock
import numpy as np
import sqlalchemy as sa

from vae.config import RunConfig
from vae.runs import rows, weights
from vae.runs.database import DAMAGED, DatabaseError, StoreError, connect, explain, failures, insert, sqlite_file
from vae.runs.rows import RunNotFoundError
from vae.runs.run import ACTIVE, ENDED, RESUMABLE, Metrics, Run, Validation, clean_name, is_id
from vae.runs.tables import MIGRATIONS, SCHEMA_VERSION, likelihoods, metrics, runs, schema, validations, version

# What keeps two hosts from making the tables of one PostgreSQL database at once.
ADVISORY_LOCK = 0x5661654C6162

logger = logging.getLogger(__name__)


class Store:
    """The record in one database and one folder. Safe to use from several threads and processes."""

    def __init__(self, folder: Path, url: str | sa.URL, patience: float = 10.0):
        """Opens the record, and makes it if it is new.

        Args:
            folder: where weights are kept.
            url: the address of the database, see `vae.runs.database.connect`.
            patience: seconds to wait for a lock that another process holds on the database.

        Raises:
            StoreError: the folder or the database cannot be used.
        """
        self.folder = folder
        self.left_out: set[str] = set()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()
        except OSError as error:
            raise StoreError(
                f"The folder for runs, {folder}, cannot be written ({error.strerror}); "
                "set VAE_LAB_ARTIFACTS to one that can."
            ) from None
        self.engine = connect(url, patience)
        self._failures = failures(self.engine)
        # One opens the record at a time: of two that find it new, both would make its tables.
        with filelock.FileLock(folder / "record.lock"):
            try:
                self._prepare()
            except BaseException:
                self.engine.dispose()
                raise

    def _prepare(self) -> None:
        file = sqlite_file(self.engine)
        if file and file.exists() and not file.stat().st_size:
            raise DatabaseError(DAMAGED)  # SQLite would take it for a new one
        with self.begin() as connection:
            if self.engine.dialect.name == "postgresql":
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(ADVISORY_LOCK)))
            schema.create_all(connection)
            found = connection.execute(sa.select(version.c.version)).scalar()
            if found is None:
                connection.execute(version.insert().values(version=SCHEMA_VERSION))
                return
            while found in MIGRATIONS:
                for statement in MIGRATIONS[found]:
                    connection.execute(sa.text(statement))
                found += 1
                connection.execute(version.update().values(version=found))
            if found != SCHEMA_VERSION:
                raise StoreError(
                    f"The database of runs has version {found} and this program needs version {SCHEMA_VERSION}; "
                    "set VAE_LAB_ARTIFACTS to another folder, or use the program's version that wrote it."
                )

    @contextmanager
    def begin(self) -> Iterator[sa.Connection]:
        """A transaction.

        Raises:
            DatabaseError: the database cannot be used.
        """
        try:
            with self.engine.begin() as connection:
                yield connection
        except self._failures as error:
            raise DatabaseError(explain(error)) from None

    def create(
        self,
        config: RunConfig,
        loop: str,
        name: str = "",
        race: str | None = None,
        owner: tuple[int, float] | None = None,
    ) -> str:
        """Records a new run, and returns its id.

        Args:
            config: what is trained.
            loop: who trains it.
            name: of the run; one is made up if it is empty.
            race: an id shared by the runs of one race.
            owner: the process that trains it, its pid and when it began: the run never waits, and nobody else can
                claim it. None for a run that waits for a worker.
        """
        with self.begin() as connection:
            row = rows.queued(config, loop, name, race, None, rows.next_moment(connection))
            row |= rows.running(*owner) if owner else {}
            connection.execute(runs.insert().values(**row))
        return row["id"]

    def get(self, run_id: str) -> Run:
        """The run with this id.

        Raises:
            RunNotFoundError: there is none that this version can read, or the id is not an id.
        """
        if not is_id(run_id):
            raise RunNotFoundError(
                f"{run_id!r:.60} is not the id of a run: an id has 32 digits from 0 to 9 and a to f."
            )
        with self.begin() as connection:
            row = connection.execute(sa.select(runs).where(runs.c.id == run_id)).one_or_none()
            if row is not None:
                return rows.read(row)
        raise RunNotFoundError(f"There is no run {run_id} here: it was deleted, or it lives on another computer.")

    def newest(self, states: Iterable[str] = ACTIVE + ENDED, limit: int = 1000, race: str | None = None) -> list[Run]:
        """At most `limit` runs in any of `states` and, if given, of one race; the newest first.

        Runs that this version cannot read are left out, and logged once.
        """
        query = sa.select(runs).where(runs.c.state.in_(tuple(states)))
        if race is not None:
            query = query.where(runs.c.race == race)
        with self.begin() as connection:
            found = connection.execute(query.order_by(runs.c.created.desc(), runs.c.id).limit(limit)).all()
        return [run for row in found if (run := self._readable(row))]

    def claim(self, run_id: str, pid: int, pid_created: float) -> bool:
        """Marks a queued run as running in process `pid`; False if it was no longer queued."""
        return self._update(run_id, ("queued",), **rows.running(pid, pid_created))

    def note(self, run_id: str, **values: Any) -> bool:
        """Sets columns of a running run, such as its phase or environment; False if it does not run."""
        return self._update(run_id, ("running",), **values)

    def beat(self, run_id: str) -> bool:
        """Records that the worker lives; True if somebody asked it to stop, or the run is no longer its own."""
        mine = runs.update().where(runs.c.id == run_id, runs.c.state == "running")
        with self.begin() as connection:
            return _beat(connection, mine)

    def append(self, run_id: str, chunk: Metrics) -> bool:
        """Adds the metrics of some more steps, and with them that the worker lives; answers as `beat` does."""
        columns = {name: column.tolist() for name, column in chunk._asdict().items()}
        with self.begin() as connection:
            insert(connection, metrics, {"run": [run_id] * len(chunk.step), **columns})
            return _beat(connection, runs.update().where(runs.c.id == run_id).values(step=columns["step"][-1] + 1))

    def metrics(self, run_id: str, after: int = -1) -> Metrics:
        """The raw metrics of the steps that come after step `after`."""
        columns = [metrics.c[name] for name in Metrics._fields]
        query = sa.select(*columns).where(metrics.c.run == run_id, metrics.c.step > after).order_by(metrics.c.step)
        with self.begin() as connection:
            # The driver's own tuples: SQLAlchemy's rows cost twice the time, and a long run has 100,000.
            tuples = cast(Iterable[tuple], connection.execute(query).cursor or ())
            try:
                table = np.fromiter(chain.from_iterable(tuples), np.float64).reshape(-1, len(columns)).T
            except (TypeError, ValueError):
                raise DatabaseError(DAMAGED) from None
        return Metrics(*table[:3].astype(np.int64), *np.ascontiguousarray(table[3:]))

    def validated(self, run_id: str, found: Validation) -> None:
        """Adds what a run did with test images at a step."""
        with self.begin() as connection:
            connection.execute(validations.insert().values(run=run_id, **found._asdict()))

    def validations(self, run_id: str) -> list[Validation]:
        """What a run did with test images, in the order of its steps."""
        columns = [validations.c[name] for name in Validation._fields]
        query = sa.select(*columns).where(validations.c.run == run_id).order_by(validations.c.step)
        with self.begin() as connection:
            return [Validation(*row) for row in connection.execute(query)]

    def end(self, run_id: str, state: str, error: str | None = None, result: Mapping[str, Any] | None = None) -> bool:
        """Ends a run that waits or trains; False if it had ended already."""
        values = {"state": state, "error": error and error[:500], "phase": "", "ended": time.time()}
        return self._update(run_id, ACTIVE, **values, **({"result": dict(result)} if result else {}))

    def ask_stop(self, *run_ids: str, pause: bool = False) -> None:
        """Asks runs to stop or to pause: one that waits ends at once, one that trains finishes its step."""
        with self.begin() as connection:
            asked = runs.update().where(runs.c.id.in_(run_ids))
            now, state = time.time(), "paused" if pause else "stopped"
            connection.execute(asked.where(runs.c.state == "queued").values(state=state, ended=now))
            training = asked.where(runs.c.state == "running")
            stop_asked = sa.func.coalesce(runs.c.stop_asked, now)
            connection.execute(training.values(stop_asked=stop_asked, pause_asked=pause))

    def resume(self, run_id: str, owner: tuple[int, float] | None = None, by_itself: bool = False) -> None:
        """Queues a run again that was stopped, paused, lost or failed; it goes on from its newest checkpoint.

        Args:
            run_id: its id.
            owner: the process that goes on with it at once, see `create`; None if it waits for a worker.
            by_itself: whether nobody has asked for it. These are counted, and somebody who asks begins the count anew.

        Raises:
            StoreError: it still waits or trains, or has finished.
        """
        cleared = ("error", "result", "started", "ended", "heartbeat", "stop_asked", "pid", "pid_created")
        resumes = runs.c.resumes + 1 if by_itself else 0
        values = {**dict.fromkeys(cleared), "state": "queued", "pause_asked": False, "resumes": resumes}
        values |= rows.running(*owner) if owner else {}
        if not self._update(run_id, RESUMABLE, **values):
            state = {"queued": "waits already", "running": "trains already"}.get(self.get(run_id).state, "has finished")
            raise StoreError(f"There is nothing to resume: this run {state}.")

    def rename(self, run_id: str, name: str) -> None:
        """Gives a run another name; an empty one changes nothing."""
        if clean_name(name):
            self._update(run_id, ACTIVE + ENDED, name=clean_name(name))

    def pin(self, run_id: str, pinned: bool) -> None:
        """Pins a run, so that nobody deletes it and it makes no room for others, or unpins it."""
        self._update(run_id, ACTIVE + ENDED, pinned=pinned)

    def delete(self, run_id: str) -> None:
        """Deletes a run that has ended, with its metrics and weights.

        Raises:
            StoreError: it still waits or trains, or is pinned.
        """
        run = self.get(run_id)
        if run.active:
            raise StoreError("This run still waits or trains; stop it first.")
        if run.pinned:
            raise StoreError("This run is pinned; unpin it first.")
        with self.begin() as connection:
            for table in (metrics, likelihoods, validations):
                connection.execute(table.delete().where(table.c.run == run_id))
            doomed = runs.delete().where(runs.c.id == run_id, runs.c.state.in_(ENDED), ~runs.c.pinned)
            if not connection.execute(doomed).rowcount:
                raise StoreError("This run was pinned, taken up again or deleted at this very moment.")
        weights.delete(self.weights_folder(run_id))

    def address(self) -> dict[str, str]:
        """The environment variables that lead another process to this record."""
        return {
            "VAE_LAB_ARTIFACTS": str(self.folder),
            "VAE_LAB_DATABASE_URL": self.engine.url.render_as_string(hide_password=False),
        }

    def weights_folder(self, run_id: str) -> Path:
        """Where the run's weights are."""
        return self.folder / run_id

    def _readable(self, row: sa.Row) -> Run | None:
        try:
            return rows.read(row)
        except RunNotFoundError as error:
            if row.id not in self.left_out:
                self.left_out.add(row.id)
                logger.warning("%s It is left out.", error)
            return None

    def _update(self, run_id: str, states: tuple[str, ...], **values: Any) -> bool:
        with self.begin() as connection:
            update = runs.update().where(runs.c.id == run_id, runs.c.state.in_(states)).values(**values)
            return connection.execute(update).rowcount == 1


def _beat(connection: sa.Connection, update: sa.Update) -> bool:
    """Says with an update of a run that its worker lives; True if it should stop, see `Store.beat`."""
    # One statement, because it is done while a training wants the processor.
    update = update.values(heartbeat=time.time()).returning(runs.c.state, runs.c.stop_asked)
    row = connection.execute(update).one_or_none()
    return row is None or row.state != "running" or row.stop_asked is not None
