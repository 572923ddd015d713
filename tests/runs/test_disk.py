"""Room on the disk: who goes first, and who never does."""

import numpy as np
import pytest

from tests.conftest import SMALL
from vae import footprint
from vae.runs import StoreError, disk, weights

MB = 10**6


def ended(record, state="finished"):
    """A run that has ended and takes one megabyte."""
    run_id = record.create(SMALL, "tape")
    weights.save(weights.path(record.weights_folder(run_id), 0), {"w": np.zeros(MB // 4, np.float32)})
    record.end(run_id, state)
    return run_id


def left(record):
    """The runs that are still there."""
    return {run.id for run in record.newest()}


def test_the_oldest_go_first_and_no_more_than_must(record):
    first, second, third, fourth = (ended(record) for _ in range(4))
    assert disk.make_room(record, 2.1 * MB) == [first, second]
    assert left(record) == {third, fourth} and not record.weights_folder(first).exists()


def test_where_there_is_room_nothing_goes(record):
    ended(record)
    assert disk.make_room(record, 2 * MB) == []


def test_a_pinned_run_stays_however_little_room_there_is(record):
    first, second = ended(record), ended(record)
    record.pin(first, True)
    assert disk.make_room(record, 1) == [second]


def test_a_run_that_waits_or_trains_stays_and_its_room_is_kept(record):
    old, waits = ended(record), record.create(SMALL, "tape")
    assert disk.make_room(record, footprint.disk_bytes(SMALL) + MB // 2) == [old]
    assert left(record) == {waits}


def test_a_pinned_run_is_deleted_by_nobody_until_it_is_unpinned(record):
    run_id = ended(record)
    record.pin(run_id, True)
    with pytest.raises(StoreError, match="pinned; unpin it first"):
        record.delete(run_id)
    assert record.weights_folder(run_id).exists()
    record.pin(run_id, False)
    record.delete(run_id)
    assert left(record) == set()
