"""What the app's benchmark computes; that it drives a server and a browser is seen by running it."""

import pytest

from benchmarks.app import MEASURES, Row, parse, table
from benchmarks.app_record import LONG, synthetic_metrics, write_race
from benchmarks.app_turns import by_turn
from vae import curves
from vae.config import RunConfig


def test_the_table_holds_medians_against_floors():
    rows = [Row("a", [2.0, 0.5, 0.75], " s", 1.0), Row("b", [1.5], "", 1.0), Row("c", [2000, 2000]), Row("d", [0.25])]
    assert table(rows).splitlines() == [
        "| what | measured | floor | holds |",
        "|---|---:|---:|---|",
        "| a | 0.75 s (0.50 to 2.00) | ≤ 1.00 s | yes |",
        "| b | 1.50 | ≤ 1.00 | no |",
        "| c | 2,000 |  |  |",
        "| d | 0.25 |  |  |",
    ]


def test_the_long_race_has_93_800_steps():
    metrics = synthetic_metrics(LONG)
    assert len(metrics.step) == 93_800
    assert all(len(column) == len(metrics.step) for column in metrics)


def test_synthetic_metrics_are_shaped_like_a_training():
    config = RunConfig(images=200, epochs=3)
    metrics = synthetic_metrics(config)
    assert metrics.step.tolist() == list(range(12))
    assert metrics.epoch.tolist() == [0] * 4 + [1] * 4 + [2] * 4
    assert metrics.batch_size.tolist() == [64, 64, 64, 8] * 3
    assert metrics.loss == pytest.approx(metrics.reconstruction + metrics.kl)
    assert curves.steps_per_second(metrics) == pytest.approx(1 / 2.1e-3)


def test_the_written_race_is_finished_and_equal(record):
    ids = write_race(record, RunConfig(images=200, epochs=3))
    runs = [record.get(run_id) for run_id in ids]
    assert [(run.loop, run.state, run.step) for run in runs] == [("tape", "finished", 12), ("fit", "finished", 12)]
    assert runs[0].race == runs[1].race is not None
    assert curves.loss_difference(*(record.metrics(run_id) for run_id in ids)).first_step is None


def test_turns_are_told_apart_by_the_pauses_between_them_and_begin_after_a_second():
    seconds = [0.0, 0.9, 1.0, 1.25, 1.5, 6.0, 7.0, 7.5, 12.0]
    assert by_turn(seconds, [10, 11, 20, 30, 40, 50, 90, 110, 120]) == [0.025, 0.025]


def test_unknown_loops_are_left_out():
    options = parse(["--loop", "tape,none", "--only", "click"])
    assert (options.loop, options.only, options.repeats) == (["tape"], ["click"], 3)
    assert parse([]).only == list(MEASURES)


@pytest.mark.parametrize("wrong", [["--loop", "none"], ["--only", "speed"], ["--repeats", "0"]])
def test_a_wrong_option_is_refused(wrong, capsys):
    with pytest.raises(SystemExit):
        parse(wrong)
    assert wrong[0] in capsys.readouterr().err
