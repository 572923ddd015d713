"""What is told on stderr, in processes of their own."""

import json
import os
import pty
import re
import subprocess
import sys

from tests.conftest import PROJECT

CODE = """
import logging
from vae import logs
logs.set_up()
logs.set_up()
logs.tell("run ended", logging.WARNING, run="ab" * 16, state="lost", seconds=1.5)
try:
    1 / 0
except ZeroDivisionError:
    logging.getLogger("vae.jobs").exception("It\\nbroke")
"""


def test_for_a_program_every_event_is_one_json_object_on_a_line():
    run = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, cwd=PROJECT)
    ended, broke = map(json.loads, run.stderr.splitlines())
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", ended.pop("time"))
    assert ended == {"level": "warning", "event": "run ended", "run": "ab" * 16, "state": "lost", "seconds": 1.5}
    assert (broke["level"], broke["event"]) == ("error", "It\nbroke")
    assert broke["exception"].endswith("ZeroDivisionError: division by zero")
    assert run.stdout == ""


def test_on_a_terminal_an_event_reads_like_a_sentence():
    ours, theirs = pty.openpty()
    subprocess.run([sys.executable, "-c", CODE], stderr=theirs, cwd=PROJECT)
    os.close(theirs)
    told = os.read(ours, 10_000).decode().splitlines()
    os.close(ours)
    assert told[0].endswith(f"Z warning: run ended, run {'ab' * 16}, state lost, seconds 1.5")
    assert told[-1] == "ZeroDivisionError: division by zero"


def test_a_log_that_nobody_reads_any_more_stops_no_work():
    reading, writing = os.pipe()
    os.close(reading)
    code = f"{CODE}\nprint('done')"
    run = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=writing, text=True, cwd=PROJECT)
    os.close(writing)
    assert run.stdout == "done\n"
