"""What runs are called: as short as tells them apart, and never their id twice."""

from vae.config import RunConfig
from vae.names import label, short_names


def test_a_list_tells_name_loop_and_id(record):
    run = record.get(record.create(RunConfig(), "fit", "Tutorial"))
    assert label(run) == f"Tutorial · compile() + fit() · {run.id[:6]}"


def test_a_run_without_a_name_has_its_id_once(record):
    run = record.get(record.create(RunConfig(), "fit"))
    assert label(run) == f"Run {run.id[:6]} · compile() + fit()"


def test_names_are_as_short_as_tells_runs_apart(record):
    tape, fit, seed, twin = (
        record.get(record.create(RunConfig(seed=seed), loop, "Mine"))
        for loop, seed in (("tape", 0), ("fit", 0), ("fit", 1), ("fit", 1))
    )
    assert list(short_names([tape, fit]).values()) == ["GradientTape, compiled", "compile() + fit()"]
    assert list(short_names([fit, seed]).values()) == ["compile() + fit(), seed 0", "compile() + fit(), seed 1"]
    assert short_names([seed, twin]) == {run.id: label(run) for run in (seed, twin)}
