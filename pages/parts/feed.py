"""The news of a board for browsers, worked out once for all who look at the same runs."""

import json
import threading
import time
from http import HTTPStatus
from typing import NamedTuple

from starlette.responses import Response

from pages.parts import board
from vae.runs import RunNotFoundError, StoreError, open_store

MOST_KEPT = 64
FAILED_SECONDS = 2.0
# Less than until somebody who has pressed Stop looks again.
MOST_SECONDS = 1.5


class Answer(NamedTuple):
    """What is told about a board, and until when, by the clock that never goes back."""

    status: HTTPStatus
    body: str
    until: float


_turn = threading.Lock()
_kept: dict[board.Board, Answer] = {}


def respond(query: str) -> Response:
    """What is new, as `board.news` gives it, in JSON; kept for half the time until browsers ask again, or less.

    Args:
        query: what `board.Board.query` gave. Of runs that do not exist, nothing is found.
    """
    watched = board.asked(query)
    if watched is None:
        return Response("That is no board.", HTTPStatus.NOT_FOUND)
    # One at a time: who asks while an answer is worked out gets the same one.
    with _turn:
        told = _kept.get(watched)
        if told is None or time.monotonic() >= told.until:
            if len(_kept) >= MOST_KEPT:
                _kept.clear()
            told = _kept[watched] = _work_out(watched)
    kind = "application/json" if told.status == HTTPStatus.OK else "text/plain"
    # A new one each time: on its way out, what compresses it changes its headers.
    return Response(told.body, told.status, {"cache-control": "no-store"}, kind)


def _work_out(watched: board.Board) -> Answer:
    seconds = FAILED_SECONDS
    try:
        record = open_store()
        news = board.news(record, watched, [record.get(run_id) for run_id in watched.runs])
        seconds, status, body = news["again"] or seconds, HTTPStatus.OK, json.dumps(news)
    except RunNotFoundError as error:
        status, body = HTTPStatus.NOT_FOUND, str(error)
    except StoreError as error:
        status, body = HTTPStatus.SERVICE_UNAVAILABLE, str(error)
    return Answer(status, body, time.monotonic() + min(seconds / 2, MOST_SECONDS))
