"""The terminal's contract, in real processes."""

import json
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from tests.conftest import PROJECT, new_record, train_here
from vae.config import RunConfig
from vae.jobs.processes import born
from vae.presets import PRESETS
from vae.runs import Store

SMALL = ["--set", "images=640", "--set", "epochs=2"]


def terminal(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
    """Runs `python -m vae` to its end."""
    command = [sys.executable, "-m", "vae", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=PROJECT, env={**os.environ, **environment})


@pytest.mark.parametrize("loop", ["tape", "fit"])
def test_train_prints_one_json_object_and_records_the_run(record, loop):
    run = terminal("train", "--loop", loop, *SMALL, "--json")
    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout.splitlines()[-1])
    assert set(told) == {"run", "status", "loop", "seconds", "steps", "epochs", "running_mean", "test"}
    assert (told["status"], told["loop"], told["steps"]) == ("finished", loop, 20)
    assert [set(epoch) for epoch in told["epochs"]] == [{"loss", "reconstruction", "kl"}] * 2
    assert [row[:2] for row in told["running_mean"]] == [[0, 0], [1, 0]]
    assert {"reconstruction", "mean_image", "kl", "active_units", "units", "verdict"} <= set(told["test"])
    assert record.get(told["run"]).config == RunConfig(images=640, epochs=2)


def test_train_reads_like_the_tutorials_log(record):
    run = terminal("train", *SMALL)
    lines = run.stdout.splitlines()
    assert lines[0] == "Start of epoch 0" and lines[1].startswith("step 0: mean loss = 0.3")
    assert "20 of 20 steps" in run.stderr and "Traceback" not in run.stderr


def test_race_says_that_tape_and_fit_are_equal(record):
    run = terminal("race", *SMALL, "--json")
    told = json.loads(run.stdout.splitlines()[-1])
    assert {"runs", "max_abs_loss_difference", "max_abs_weight_difference", "steps_per_second"} <= set(told)
    assert (told["max_abs_loss_difference"], told["max_abs_weight_difference"]) == (0.0, 0.0)
    assert set(told["runs"]) == set(told["steps_per_second"]) == {"tape", "fit"}
    assert len({record.get(run_id).race for run_id in told["runs"].values()}) == 1
    found = told["differences"]["fit"]
    assert (found["steps"], found["first_differing_step"], found["max_abs_loss"]) == (20, None, 0.0)
    assert found["max_abs_weight"] == [[0, 0.0], [10, 0.0], [20, 0.0]]


def test_a_race_over_seeds_has_intervals(record):
    run = terminal("race", *SMALL, "--loops", "tape,tape_scan", "--seeds", "2", "--set", "compiler=xla", "--json")
    told = json.loads(run.stdout.splitlines()[-1])["replicates"]
    assert told["seeds"] == [0, 1] and len(told["runs"]) == 2
    loss, paired = told["last_epoch_loss"]["tape"], told["paired_difference"]["tape_scan"]
    assert loss["low"] < loss["mean"] < loss["high"] and loss["n"] == paired["n"] == 2
    assert abs(paired["mean"]) < 1e-6
    assert len(record.newest()) == 4


def test_a_race_over_seeds_reads_well(record):
    lines = terminal("race", *SMALL, "--seeds", "2").stdout.splitlines()
    assert "tape and fit: identical to the last bit for 20 steps" in lines
    assert "fit - tape, paired by seed: 0, 95 % interval 0 to 0" in lines


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["train", "--set", "epochs=0"], "epochs = 0 is not possible: it must be a whole number from 1 to 500."),
        (["train", "--set", "epochs"], "--set epochs is not possible: it must look like epochs=3."),
        (["train", "--set", "epoch=3"], "There is no setting 'epoch'; the settings are dataset,"),
        (
            ["train", "--preset", "x"],
            "x is not possible: it must be one of tutorial, kl-fixed, two-d, beta-vae,",
        ),
        (["train", "--loop", "x"], "loop x is not possible: it must be one of tape, fit, tape_scan, tape_eager."),
        (["race", "--seeds", "0"], "--seeds 0 is not possible: it must be a whole number from 1 to 10."),
        (["race", "--seeds", "two"], "--seeds two is not possible: it must be a whole number from 1 to 10."),
        (["race", "--loops", "tape,tape"], "must name two or more different loops"),
        (["train", "--bogus"], "No such option: --bogus"),
        (["trian"], "No such command 'trian'."),
        (["runs", "show", "0" * 32], "There is no run " + "0" * 32),
        (["runs", "snapshot", "0" * 32, "page.html"], "There is no run " + "0" * 32),
        (["runs", "delete", "xyz"], "'xyz' is the beginning of 0 runs' ids"),
    ],
)
def test_bad_input_is_one_sentence_and_status_2(record, arguments, sentence):
    run = terminal(*arguments)
    assert (run.returncode, run.stdout) == (2, "")
    assert sentence in run.stderr and len(run.stderr.splitlines()) == 1
    assert record.newest() == []


def test_a_folder_that_cannot_be_used_is_one_sentence_and_status_2(tmp_path):
    (tmp_path / "file").touch()
    run = terminal("train", VAE_LAB_ARTIFACTS=str(tmp_path / "file" / "runs"))
    assert run.returncode == 2 and "set VAE_LAB_ARTIFACTS to one that can." in run.stderr
    assert len(run.stderr.splitlines()) == 1


def test_a_paused_run_goes_on_in_the_terminal_and_a_finished_one_does_not(record):
    run_id = record.create(RunConfig(images=640, epochs=2), "tape", name="Paused")
    record.ask_stop(run_id, pause=True)
    run = terminal("runs", "resume", run_id[:8], "--json")
    told = json.loads(run.stdout.splitlines()[-1])
    assert run.returncode == 0 and (told["run"], told["status"], told["steps"]) == (run_id, "finished", 20)
    again = terminal("runs", "resume", run_id)
    assert (again.returncode, again.stderr) == (2, "There is nothing to resume: this run has finished.\n")


def test_the_presets_are_listed():
    run = terminal("presets")
    assert all(f"{key}: {preset.title}." in run.stdout for key, preset in PRESETS.items())


def test_runs_are_listed_shown_evaluated_and_deleted(record):
    run = train_here(record, RunConfig(images=640, epochs=1), name="Listed")
    assert run.id in terminal("runs").stdout
    assert json.loads(terminal("runs", "show", run.id[:8]).stdout)["config"]["images"] == 640
    assert json.loads(terminal("evaluate", run.id, "--json").stdout) == run.result
    assert terminal("runs", "delete", run.id).returncode == 0
    assert record.newest() == []


def interrupted(record: Store, *arguments: str) -> tuple[int, dict]:
    """The status and the JSON of a command that gets Control-C as soon as a step is recorded."""
    command = [sys.executable, "-m", "vae", *arguments, "--set", "epochs=500", "--json"]
    child = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        deadline = time.monotonic() + 60
        while not (record.newest() and record.newest()[0].step) and time.monotonic() < deadline:
            time.sleep(0.1)
        child.send_signal(signal.SIGINT)
        out, _ = child.communicate(timeout=60)
    finally:
        child.kill()
        child.wait()
    return child.returncode, json.loads(out.splitlines()[-1])


def test_control_c_stops_and_keeps_what_was_trained(record):
    status, told = interrupted(record, "train")
    assert (status, told["status"]) == (130, "stopped")
    assert told["steps"] == record.get(told["run"]).step > 0


@pytest.fixture
def waiting(record):
    """A run that trains elsewhere, and a command that waits for it and has said so."""
    me = psutil.Process()
    other = record.create(RunConfig(), "fit", name="Other", owner=(me.pid, born(me)))
    command = [sys.executable, "-m", "vae", "train", *SMALL, "--json"]
    # A child ignores Control-C where its parent does, as a shell's background job does.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        said = child.stderr.readline()
        assert said == "Waiting for Other (fit): this machine trains one run at a time. Control-C gives up.\n"
        yield other, child
        child.kill()
    signal.signal(signal.SIGINT, before)


def test_the_terminal_waits_for_a_run_that_trains(record, waiting):
    other, child = waiting
    assert [run.id for run in record.newest()] == [other]
    record.end(other, "finished")
    out, _ = child.communicate(timeout=120)
    run = record.get(json.loads(out.splitlines()[-1])["run"])
    assert run.state == "finished" and run.started >= record.get(other).ended


def test_control_c_ends_the_waiting_and_starts_nothing(record, waiting):
    other, child = waiting
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=60)
    assert (child.returncode, out, err) == (130, "", "")
    assert [(run.id, run.state) for run in record.newest()] == [(other, "running")]


def test_the_terminal_does_not_wait_for_a_run_whose_process_is_gone(record):
    record.create(RunConfig(), "fit", owner=(os.getpid(), 1.0))
    run = terminal("train", *SMALL)
    assert run.returncode == 0 and "Waiting" not in run.stderr


def test_control_c_ends_the_whole_race(record):
    status, told = interrupted(record, "race", "--seeds", "3")
    assert status == 130 and list(told["runs"]) == ["tape"] and told["max_abs_loss_difference"] is None
    (run,) = record.newest()
    assert run.state == "stopped" and run.step > 0


@pytest.fixture(scope="module")
def binary(tmp_path_factory):
    """A folder with a run that has a likelihood, and its id."""
    store = new_record(tmp_path_factory.mktemp("binary"))
    config = RunConfig(images=640, epochs=1, latent_dim=4, likelihood="bernoulli", inputs="dynamic", kl_reduction="sum")
    return store, train_here(store, config).id


def test_evaluate_estimates_the_likelihood_by_the_protocol_that_it_prints(binary):
    store, run_id = binary
    run = terminal("evaluate", run_id, "--samples", "30", "--images", "200", "--json", **store.address())
    told = json.loads(run.stdout.splitlines()[-1])
    assert (run.returncode, told["status"], told["samples"], told["images"]) == (0, "finished", 30, 200)
    assert 100 < told["nll"] < 700 and 0 < told["standard_error"] < 50
    assert "30 codes for each of 200 test images of mnist, drawn in black and white once" in told["protocol"]
    assert "200 of 200 images" in run.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--samples", "0"], "--samples 0 is not possible: it must be a whole number from 1 to 5000."),
        (["--samples", "x"], "--samples x is not possible: it must be a whole number from 1 to 5000."),
        (["--images", "10001"], "--images 10001 is not possible: it must be a whole number from 1 to 10000."),
        (["--epoch", "2"], "--epoch 2 is not possible: the run has weights of the epochs 0, 1."),
        (["--epoch", "last"], "--epoch last is not possible: the run has weights of the epochs 0, 1."),
    ],
)
def test_an_impossible_count_is_one_sentence(binary, arguments, sentence):
    store, run_id = binary
    run = terminal("evaluate", run_id, *arguments, **store.address())
    assert (run.returncode, run.stdout, run.stderr) == (2, "", sentence + "\n")


def test_an_earlier_epoch_is_evaluated_by_its_own_weights(binary):
    store, run_id = binary
    arguments = ("evaluate", run_id, "--epoch", "0", "--samples", "5", "--images", "100", "--json")
    told = json.loads(terminal(*arguments, **store.address()).stdout.splitlines()[-1])
    assert "after 0 steps" in told["protocol"] and told["nll"] > 500  # 543 nats: every pixel at one half


def test_a_squared_error_has_no_likelihood(trained):
    store, (tape, _) = trained
    run = terminal("evaluate", tape.id, "--samples", "5", **store.address())
    assert run.returncode == 2 and "no likelihood" in run.stderr and len(run.stderr.splitlines()) == 1


def test_evaluate_sees_the_images_as_the_model_was_trained_on_them(binary):
    store, run_id = binary
    run = terminal("evaluate", run_id, "--json", **store.address())
    told, kept = json.loads(run.stdout.splitlines()[-1]), store.get(run_id).result
    assert told == pytest.approx(kept) and "bound" in told


def test_settings_that_do_not_go_together_are_one_sentence():
    run = terminal("train", "--set", "bound=iwae")
    assert run.returncode == 2 and run.stderr.startswith("bound = iwae is not possible with these settings")


def test_a_snapshot_of_a_race_is_written_to_a_file(trained, tmp_path):
    store, runs = trained
    file = tmp_path / "race.html"
    run = terminal("runs", "snapshot", *(run.id[:12] for run in runs), str(file), **store.address())
    assert run.returncode == 0, run.stderr
    assert run.stdout == f"{file}: {file.stat().st_size / 1e6:.1f} MB. Open it in a browser.\n"
    assert "Identical to the last bit for 20 steps." in file.read_text()


def test_a_snapshot_that_cannot_be_made_is_one_sentence(record, tmp_path):
    waiting = record.create(RunConfig(), "tape")
    run = terminal("runs", "snapshot", waiting, str(tmp_path / "page.html"))
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == f"The run {waiting} has no weights yet; train it first.\n"
    assert not (tmp_path / "page.html").exists()


def test_a_snapshot_that_cannot_be_written_is_one_sentence(trained, tmp_path):
    store, (run, _) = trained
    told = terminal("runs", "snapshot", run.id, str(tmp_path), **store.address())
    assert (told.returncode, told.stdout) == (2, "")
    assert told.stderr == f"{tmp_path} cannot be written (Is a directory).\n"


def test_a_run_is_exported_and_imported_on_another_record(trained, record, tmp_path):
    store, (run, _) = trained
    file = tmp_path / "run.zip"
    exported = terminal("runs", "export", run.id[:8], str(file), **store.address())
    assert (exported.returncode, exported.stdout, exported.stderr) == (0, f"{file}\n", "")
    imported = terminal("runs", "import", str(file))
    assert (imported.returncode, imported.stdout, imported.stderr) == (0, f"{run.id}\n", "")
    assert record.get(run.id).config == run.config
    again = terminal("runs", "import", str(file))
    assert (again.returncode, again.stderr) == (2, f"This run is here already: {run.id}.\n")


def test_a_run_is_printed_as_a_script(trained):
    store, (run, _) = trained
    printed = terminal("runs", "script", run.id, **store.address())
    assert printed.returncode == 0 and printed.stderr == ""
    compile(printed.stdout, "vae_script.py", "exec")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["export", "RUN", "run.doc"], "run.doc is not possible: its ending must be one of .zip,"),
        (["export", "RUN", "/nowhere/run.zip"], "/nowhere/run.zip cannot be written (No such file or directory)."),
        (["script", "RUN", "run.csv"], "run.csv is not possible: code has the ending .py or .ipynb."),
        (["import", "/nowhere/run.zip"], "/nowhere/run.zip cannot be read (No such file or directory)."),
        (["import", "README.md"], "This file is no bundle of VAE Lab."),
    ],
)
def test_what_cannot_be_exported_or_imported_is_one_sentence(trained, arguments, sentence):
    store, (run, _) = trained
    told = terminal("runs", *(run.id if word == "RUN" else word for word in arguments), **store.address())
    assert (told.returncode, told.stdout) == (2, "")
    assert told.stderr.startswith(sentence) and len(told.stderr.splitlines()) == 1
