"""What happens, told on stderr: for people on a terminal, one JSON object a line for programs.

An event names runs by their ids and people not at all. Servers and workers set this up; the terminal's commands speak
for themselves.
"""

import contextlib
import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

logger = logging.getLogger("vae")


def set_up() -> None:
    """Begins to tell; a second call changes nothing."""
    if logger.handlers:
        return
    handler = _Stderr()
    handler.setFormatter(_Text() if sys.stderr.isatty() else _Json())
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False


def tell(event: str, level: int = logging.INFO, **facts: Any) -> None:
    """Tells an event.

    Args:
        event: what happened, in two or three words that stay the same.
        level: as `logging` has them.
        facts: what else there is to know, such as run="..."; no names that people gave, no addresses, no secrets.
    """
    logger.log(level, event, extra={"facts": facts})


class _Stderr(logging.Handler):
    """Writes to what stderr is at that moment."""

    def emit(self, record: logging.LogRecord) -> None:
        with contextlib.suppress(OSError, ValueError):  # nobody reads any more: the work goes on
            sys.stderr.write(self.format(record) + "\n")
            sys.stderr.flush()


class _Json(logging.Formatter):
    """A line like {"time": "2026-11-24T20:00:00.000Z", "level": "info", "event": "run started", "run": "1a2b"}."""

    def format(self, record: logging.LogRecord) -> str:
        told = {"time": _time(record), "level": record.levelname.lower(), "event": record.getMessage()}
        told |= getattr(record, "facts", {})
        if record.exc_info:
            told["exception"] = self.formatException(record.exc_info)
        return json.dumps(told, default=str)


class _Text(logging.Formatter):
    """A line like 2026-11-24T20:00:00.000Z info: run started, run 1a2b."""

    def format(self, record: logging.LogRecord) -> str:
        facts = "".join(f", {name} {value}" for name, value in getattr(record, "facts", {}).items())
        told = f"{_time(record)} {record.levelname.lower()}: {record.getMessage()}{facts}"
        return "\n".join([told, *([self.formatException(record.exc_info)] if record.exc_info else [])])


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
