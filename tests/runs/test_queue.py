"""The queue: 200 clicks are one run, and runs come together or not at all."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.conftest import SMALL, new_record
from vae.runs.queue import Place, enqueue, places

A, B = "a" * 32, "b" * 32
RACE = [("tape", SMALL), ("fit", SMALL)]
OTHER = SMALL.model_copy(update={"seed": 1})


@pytest.mark.parametrize("trainings", [RACE, RACE[:1]], ids=["race", "run"])
def test_200_clicks_at_once_start_it_once(tmp_path, trainings):
    # Half of them on another server with the same record.
    servers = [new_record(tmp_path), new_record(tmp_path)]
    with ThreadPoolExecutor(200) as pool:
        answers = list(pool.map(lambda click: enqueue(servers[click % 2], trainings, "Race", A), range(200)))
    assert len({tuple(ids) for ids in answers}) == 1
    assert sorted(answers[0]) == sorted(run.id for run in servers[0].newest())


def test_the_order_of_the_queue_is_that_of_the_trainings(record):
    ids = enqueue(record, RACE * 10)
    assert [run.id for run in record.newest(("queued",))][::-1] == ids


def test_a_click_while_the_race_is_half_done_does_not_start_another(record):
    ids = enqueue(record, RACE, visitor=A)
    record.end(ids[0], "finished")
    assert enqueue(record, RACE, visitor=A) == ids


def test_what_has_ended_is_started_again(record):
    ids = enqueue(record, RACE, visitor=A)
    record.ask_stop(*ids)
    assert set(enqueue(record, RACE, visitor=A)).isdisjoint(ids)


@pytest.mark.parametrize(
    ("trainings", "visitor"),
    [
        (RACE, B),
        (RACE[::-1], A),
        (RACE[:1], A),
        ([("tape", OTHER), ("fit", OTHER)], A),
        ([*RACE, ("tape_scan", SMALL)], A),
        (RACE, None),
    ],
)
def test_what_is_not_the_same_is_started(record, trainings, visitor):
    ids = enqueue(record, RACE, visitor=A)
    assert set(enqueue(record, trainings, visitor=visitor)).isdisjoint(ids)


def test_the_terminal_gets_as_many_equal_runs_as_it_asks_for(record):
    assert enqueue(record, RACE) != enqueue(record, RACE)


def test_runs_remember_who_asked(record):
    assert record.get(enqueue(record, RACE[:1], visitor=A)[0]).visitor == A
    assert record.get(enqueue(record, RACE[:1])[0]).visitor is None


def test_runs_that_are_not_admitted_leave_nothing_behind(record):
    enqueue(record, RACE[:1], visitor=B)
    seen = []

    def admit(places):
        seen.extend(places)
        raise OverflowError

    with pytest.raises(OverflowError):
        enqueue(record, RACE, visitor=A, admit=admit)
    assert seen == places(record) == [Place(B, SMALL)]
