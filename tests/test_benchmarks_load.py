"""The load: what is made of its figures, and two minutes of it against a real server."""

import json
import subprocess
import sys

import numpy as np
import pytest

from benchmarks import classroom, load
from benchmarks.visitor import Waits
from tests.conftest import PROJECT

CURVE = [[0.0, 500.0, 1000.0], [10.0, 600.0, 6000.0], [20.0, 606.0, 11_000.0]]


def waits() -> Waits:
    return Waits(load=np.linspace(0, 1, 101).tolist(), rerun=[0.1, 0.2, 0.9], bytes=2 << 20)


def test_the_figures_are_quantiles_rates_and_memory():
    found = load.figures(525.0, waits(), CURVE)
    np.testing.assert_allclose(found["load"], [0.5, 0.95])
    assert (found["pages"], found["reruns"], found["megabytes_sent"]) == (101, 3, 2)
    assert (found["during"], found["memory"]) == (500.0, [500.0, 600.0, 606.0, 606.0])


def test_the_table_says_what_holds_and_what_does_not():
    lines = load.table(load.figures(525.0, waits(), CURVE), 50, 20).splitlines()
    assert lines[0].startswith("50 visitors for 20 s; 0 errors")
    assert [line.split("|")[-2].strip() for line in lines[4:]] == ["yes", "no", "yes", "yes"]


@pytest.mark.parametrize(
    "arguments", [["--sessions", "0"], ["--sessions", "201"], ["--seconds", "1"], ["--think", "0"]]
)
def test_a_load_beyond_bounds_is_refused(arguments, capsys):
    with pytest.raises(SystemExit):
        load.parse(arguments)
    assert "--sessions takes 1 to 200" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--loop", "none"], "invalid choice: 'none'"),
        (["--visitors", "0"], "--visitors takes 1 to 200"),
        (["--seconds", "1"], "--seconds 5 to 600"),
        (["--repeats", "0"], "--repeats 1 to 20"),
    ],
)
def test_a_class_that_cannot_be_is_refused(arguments, said, capsys):
    with pytest.raises(SystemExit):
        classroom.parse(arguments)
    assert said in capsys.readouterr().err


@pytest.mark.browser
def test_for_two_minutes_no_visitor_sees_an_error_and_the_memory_stays_bounded(tmp_path):
    # In a process of its own: Playwright's event loop runs in this one.
    command = [sys.executable, "-m", "benchmarks.load", "--sessions", "12", "--seconds", "100", "--think", "3"]
    done = subprocess.run(
        [*command, "--json", str(tmp_path / "found.json")], cwd=PROJECT, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "found.json").read_text())
    assert found["errors"] == []
    assert found["pages"] >= 12 and found["reruns"] > 0
    assert found["during"] > 0  # the training went on
    assert found["memory"][3] < load.MEMORY_MB
    assert len(found["curve"]) > 10
