"""The board on which trainings are followed, and the news that browsers ask for."""

import json
import os
import threading
import time
from dataclasses import replace

import numpy as np
import pytest

from pages.parts import board, feed, live
from pages.parts.board import Board, asked, news
from vae.config import RunConfig
from vae.runs import DatabaseError, Metrics, Store, Validation, open_store

RUN, COMPARE = "pages/train.py", "pages/compare.py"
ID = "0123456789abcdef" * 2


@pytest.fixture(autouse=True)
def nothing_kept():
    """No answer of one test is given in another."""
    feed._kept.clear()


def drawn(page) -> dict[str, dict]:
    """What the boards of a page show, by their kind."""
    found = [element.proto for element in page.get("bidi_component")]
    boards = [json.loads(proto.json) for proto in found if proto.component_name == "vae_lab_board"]
    return {told["kind"]: told for told in boards}


def steps(n: int, start: int = 0, loss: float = 0.5) -> Metrics:
    """Steps of one epoch, a thousand a second."""
    rows = np.arange(start, start + n), np.zeros(n, int), np.full(n, 64)
    return Metrics(*rows, *[np.full(n, value) for value in (loss, loss - 0.1, 0.1)], np.arange(start, start + n) / 1000)


def begun(record: Store, n: int, config: RunConfig | None = None) -> str:
    """The id of a run that has done `n` steps."""
    run_id = record.create(config or RunConfig(), "tape")
    record.claim(run_id, os.getpid(), 1.0)
    if n:
        record.append(run_id, steps(n))
    return run_id


def told(record: Store, run_id: str, **changed) -> dict:
    """The news of one run, as if some of it were otherwise."""
    return news(record, Board((run_id,)), [replace(record.get(run_id), **changed)])


def words(record: Store, run_id: str, **changed) -> str:
    """What the board says beside the bar of one run."""
    return told(record, run_id, **changed)["bars"][0]["words"]


def test_what_is_looked_at_survives_the_way_through_an_address():
    for looked_at in (Board((ID,)), Board((ID, ID[::-1]), "curves", "kl", "running"), Board((ID,), "tests")):
        assert asked(looked_at.query()) == looked_at


@pytest.mark.parametrize(
    "query",
    [
        "",
        "runs=",
        Board(()).query(),
        Board((ID,), "all").query(),
        Board((ID,), "run", "speed").query(),
        Board((ID,), "run", "loss", "blurred").query(),
        Board((ID,) * (board.MAX_PICKED + 1)).query(),
        Board((ID, ID)).query(),
        Board((ID, ID), "tests").query(),
    ],
)
def test_what_no_page_asks_for_is_refused(query):
    assert asked(query) is None
    assert feed.respond(query).status_code == 404


def test_a_finished_run_shows_its_figures_curves_and_log(app, full_record):
    page = app(RUN, run=full_record[0].id)
    shown = drawn(page)["run"]
    assert [tile["title"] for tile in shown["tiles"]] == ["Loss", "Reconstruction error", "KL term", "Steps a second"]
    assert [chart["title"] for chart in shown["charts"]] == ["Loss", "Reconstruction error", "KL term"]
    assert [name for name, _ in shown["charts"][1]["levels"]] == ["mean image"]
    assert shown["log"].startswith("Start of epoch 0\nstep 0: mean loss = ")
    assert shown["bars"][0]["words"].startswith("finished after ") and shown["bars"][0]["done"] == 1
    assert shown["again"] is None


def test_what_a_model_does_with_test_images_is_drawn_by_epoch(app, full_record):
    shown = drawn(app(RUN, run=full_record[0].id))["tests"]
    last = open_store().validations(full_record[0].id)[-1]
    assert shown["heading"].startswith("On 1,000 test images, in grey")
    assert f"Of {last.total_kl:.2f} nats of KL" in shown["caption"]
    assert [chart["unit"] for chart in shown["charts"]] == ["epoch"] * 5
    assert len(shown["charts"][-1]["lines"]) == full_record[0].config.latent_dim
    assert shown["charts"][0]["lines"][0]["y"][-1] == pytest.approx(last.error, rel=1e-4)


def test_a_run_of_an_older_version_has_no_variance_of_answers(record):
    run_id = begun(record, 938)
    record.validated(run_id, Validation(938, 0.07, 0, [0.0] * 32, 0.0, None))
    shown = news(record, Board((run_id,), "tests"), [record.get(run_id)])
    assert [chart["title"][:6] for chart in shown["charts"]] == ["Square", "Active", "KL and", "KL of "]


def test_the_curves_of_many_units_over_many_epochs_stay_a_small_answer(record):
    run_id = begun(record, 938)
    for epoch in range(1, 400):
        record.validated(run_id, Validation(epoch * 938, 0.07, 9, [epoch / 400] * 64, 0.1, 0.1))
    shown = news(record, Board((run_id,), "tests"), [record.get(run_id)])
    lines = shown["charts"][-1]["lines"]
    assert len(lines) == 64 and sum(len(line["x"]) for line in lines) <= 64 * 20
    assert all(line["y"][0] == 0.0025 and line["y"][-1] == 0.9975 for line in lines)


def test_before_a_test_of_the_model_there_is_nothing_to_draw(record):
    shown = news(record, Board((begun(record, 3),), "tests"), [record.get(record.newest()[0].id)])
    assert shown["again"] == board.TESTS_SECONDS and "charts" not in shown


def test_a_board_says_how_far_a_run_is(record):
    waiting = record.create(RunConfig(), "tape")
    assert words(record, waiting) == "waits for its turn: this computer trains one run at a time."
    run_id = begun(record, 0)
    assert words(record, run_id, phase="Compiling") == "compiling…"
    record.append(run_id, steps(501))
    assert words(record, run_id, phase="Training") == "epoch 1 of 3, 1,002 steps a second, 3 s left"
    assert words(record, run_id, phase="Testing") == "epoch 1 of 3, testing…"
    assert words(record, run_id, phase="Training", stop_asked=1.0) == "epoch 1 of 3, stopping…"
    assert words(record, run_id, phase="Training", stop_asked=1.0, pause_asked=True) == "epoch 1 of 3, pausing…"
    assert words(record, run_id, state="stopped").startswith("stopped after 501 of 2,814 steps")


def test_a_run_that_shows_no_sign_of_life_is_pointed_out(record):
    run_id = begun(record, 10)
    assert told(record, run_id)["bars"][0]["note"] == ""
    silent = told(record, run_id, heartbeat=time.time() - 60)["bars"][0]
    assert "sign of life" in silent["note"]


def test_the_arrow_compares_with_the_epoch_before(record):
    run_id = begun(record, 938)
    second = steps(10, 938, loss=0.3)
    record.append(run_id, second._replace(epoch=np.ones(10, int)))
    tile = told(record, run_id)["tiles"][0]
    assert (tile["value"], tile["delta"]) == ("0.3000", "-0.2000")


def test_the_page_around_a_board_is_drawn_again_when_the_state_changes_and_not_for_steps(record):
    run_id = begun(record, 10)
    first = told(record, run_id)["around"]
    record.append(run_id, steps(50, 10))
    assert told(record, run_id)["around"] == first == told(record, run_id, state="queued")["around"]
    changes = [
        {"state": "finished"},
        {"stop_asked": 1.0},
        {"stop_asked": 1.0, "pause_asked": True},
        {"error": "Broken."},
    ]
    others = [told(record, run_id, **change)["around"] for change in changes]
    assert len({first, *others}) == 5


def test_the_page_is_drawn_again_when_there_is_an_alarm(record):
    run_id = begun(record, 10)
    before = told(record, run_id)["around"]
    n, floor = 600, 0.06725
    flat = steps(n, 10)._replace(loss=np.full(n, floor), reconstruction=np.full(n, floor), kl=np.zeros(n))
    record.append(run_id, flat)
    assert told(record, run_id)["around"] != before


def test_compare_follows_one_curve_of_each_run(app, record):
    ids = [begun(record, 20), record.create(RunConfig(), "fit")]
    page = app(COMPARE, runs=ids, curve="KL term", view="Every step")
    assert not page.exception
    shown = drawn(page)["curves"]
    assert [bar["done"] > 0 for bar in shown["bars"]] == [True, False]
    (chart,) = shown["charts"]
    assert chart["title"] == "KL term" and chart["lines"][0]["y"] == [0.1] * 20
    assert len({line["colour"] for line in chart["lines"]}) == 2


def test_compare_says_why_a_run_did_not_come_to_its_end(app, record):
    ids = [begun(record, 20), begun(record, 20)]
    record.end(ids[0], "failed", error="It *broke* here.")
    record.end(ids[1], "finished")
    page = app(COMPARE, runs=ids)
    assert not page.exception
    assert page.error[0].value.endswith(r"It \*broke\* here\.")
    assert [bar["words"][:12] for bar in drawn(page)["progress"]["bars"]] == ["failed after"]


def test_browsers_hear_what_the_page_would_show(record):
    looked_at = Board((begun(record, 30),))
    answer = feed.respond(looked_at.query())
    assert answer.status_code == 200 and answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    shown = news(record, looked_at, [record.get(looked_at.runs[0])])
    assert json.loads(bytes(answer.body)) == json.loads(json.dumps(shown))


def test_of_runs_that_are_gone_there_is_no_news(record):
    assert feed.respond(Board((ID,)).query()).status_code == 404


def test_a_class_gets_one_answer(record, monkeypatch):
    query, worked_out = Board((begun(record, 30),)).query(), []

    def slowly(*arguments):
        worked_out.append(arguments)
        time.sleep(0.05)
        return news(*arguments)

    monkeypatch.setattr(board, "news", slowly)
    answers = []
    asking = [threading.Thread(target=lambda: answers.append(feed.respond(query))) for _ in range(20)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert len({bytes(answer.body) for answer in answers}) == len(worked_out) == 1
    # Each has headers of its own, because what compresses an answer changes them.
    assert len({id(answer.raw_headers) for answer in answers}) == 20


@pytest.fixture
def aged(record, monkeypatch) -> tuple[str, list[float]]:
    """The id of a run that trains for an hour, and the clock by which answers are kept, in a list of one."""
    run_id, now, real = begun(record, 30), [1000.0], time.time
    monkeypatch.setattr(feed.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(live.time, "time", lambda: real() + 3600)
    return run_id, now


def test_an_answer_is_worked_out_again_before_the_same_page_asks(record, aged):
    run_id, now = aged
    query = Board((run_id,)).query()
    first = feed.respond(query)
    record.append(run_id, steps(9, 30))
    now[0] += feed.MOST_SECONDS - 0.01
    assert feed.respond(query).body == first.body
    now[0] += 0.02
    assert feed.respond(query).body != first.body
    assert json.loads(bytes(first.body))["again"] == live.SELDOM_SECONDS > feed.MOST_SECONDS


def test_who_has_pressed_stop_hears_of_it_at_the_next_look(record, aged):
    run_id, now = aged
    query = Board((run_id,)).query()
    before = feed.respond(query)
    record.ask_stop(run_id)
    redrawn = told(record, run_id)
    assert feed.respond(query).body == before.body
    now[0] += redrawn["again"]
    assert json.loads(bytes(feed.respond(query).body))["around"] == redrawn["around"]


def test_only_so_many_answers_are_kept(record):
    run_id = begun(record, 3)
    for n in range(feed.MOST_KEPT + 5):
        feed.respond(Board((run_id, *(f"{n:032x}",)), "progress").query())
    assert len(feed._kept) <= feed.MOST_KEPT


def test_a_database_that_fails_is_said_in_a_sentence(record, monkeypatch):
    def fail(*_):
        raise DatabaseError("The database of runs is in use.")

    query = Board((begun(record, 3),)).query()
    monkeypatch.setattr(Store, "get", fail)
    answer = feed.respond(query)
    assert (answer.status_code, bytes(answer.body)) == (503, b"The database of runs is in use.")
