"""The queue: runs are put in together or not at all, and what a visitor has there already is not put in again."""

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import NamedTuple

import sqlalchemy as sa

from vae.config import RunConfig
from vae.runs.rows import TICK, next_moment, queued, readable
from vae.runs.run import ACTIVE, new_id
from vae.runs.store import Store
from vae.runs.tables import runs, version

Training = tuple[str, RunConfig]


class Place(NamedTuple):
    """A run that waits or trains: whose it is (None: the terminal's), and what it trains."""

    visitor: str | None
    config: RunConfig


def places(store: Store) -> list[Place]:
    """All runs that wait or train, in no order."""
    with store.begin() as connection:
        return _places(connection)


def enqueue(
    store: Store,
    trainings: Sequence[Training],
    name: str = "",
    visitor: str | None = None,
    admit: Callable[[Sequence[Place]], None] = lambda places: None,
) -> list[str]:
    """Records runs that wait to be trained, as one race if there are several, and returns their ids in that order.

    All is one transaction, which others wait for: of a visitor's many clicks the first puts the runs in, and the others
    find them there until the last of them has ended.

    Args:
        store: the record.
        trainings: loop and settings of each, in the order of the queue.
        name: of the runs.
        visitor: who asks; None is the terminal, which gets as many equal runs as it asks for.
        admit: looks at all that wait or train, and raises if these may not join them.
    """
    with store.begin() as connection:
        # Who writes first has the record to themselves: SQLite then locks all of it, PostgreSQL this one row.
        connection.execute(version.update().values(version=version.c.version))
        if visitor and (ids := _under_way(connection, trainings, visitor)):
            return ids
        admit(_places(connection))
        race = new_id() if len(trainings) > 1 else None
        now = next_moment(connection)
        # A tick apart, because the order of the queue is that of the times.
        new = [
            queued(config, loop, name, race, visitor, now + number * TICK)
            for number, (loop, config) in enumerate(trainings)
        ]
        connection.execute(runs.insert(), new)
    return [row["id"] for row in new]


def _under_way(connection: sa.Connection, trainings: Sequence[Training], visitor: str) -> list[str]:
    """The visitor's runs of just these trainings, unless all have ended; [] if there are none."""
    own, live = runs.c.visitor == visitor, runs.c.state.in_(ACTIVE)
    columns = sa.select(runs.c.id, runs.c.race, runs.c.loop, runs.c.config)
    races = sa.select(runs.c.race).where(own, live, runs.c.race.is_not(None))
    found = columns.where(own, live | runs.c.race.in_(races)).order_by(runs.c.race, runs.c.created, runs.c.id)
    wanted = [(loop, config.model_dump()) for loop, config in trainings]
    for _, group in groupby(connection.execute(found), key=lambda row: row.race or row.id):
        rows = list(group)
        if [(row.loop, row.config) for row in rows] == wanted:
            return [row.id for row in rows]
    return []


def _places(connection: sa.Connection) -> list[Place]:
    rows = connection.execute(sa.select(runs.c.visitor, runs.c.config).where(runs.c.state.in_(ACTIVE)))
    return [Place(row.visitor, config) for row in rows if (config := readable(row.config))]
