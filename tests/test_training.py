"""One run from start to end, with the record it leaves."""

import threading

import numpy as np
import psutil
import pytest
import tensorflow as tf

from tests.conftest import SMALL, train_here
from vae import curves, data, training
from vae.config import RunConfig
from vae.jobs.processes import born
from vae.presets import PRESETS
from vae.runs import StoreError, weights
from vae.training import learning_rate, prepare


@pytest.fixture(scope="module")
def tutorial(tmp_path_factory):
    """The tutorial's own training, whole."""
    from tests.conftest import new_record

    record = new_record(tmp_path_factory.mktemp("tutorial"))
    return record, train_here(record, RunConfig())


def test_the_tape_prints_what_the_tutorial_prints(tutorial):
    record, run = tutorial
    log = {(epoch, step): mean for epoch, step, mean in curves.tutorial_log(record.metrics(run.id))}
    for epoch, row in enumerate(curves.TUTORIAL_TAPE):
        for step, printed in zip(range(0, 1000, 100), row, strict=True):
            if (epoch, step) != (0, 0):  # the first batch's loss depends on the seed
                assert log[epoch, step] == pytest.approx(printed, rel=0.01 if epoch == 2 else 0.04)


def test_an_epochs_mean_is_what_fit_prints_in_the_tutorial(tutorial):
    record, run = tutorial
    means = [mean["loss"] for mean in curves.epoch_losses(record.metrics(run.id))]
    assert means == pytest.approx(curves.TUTORIAL_FIT, rel=0.01)


def test_the_tutorials_model_collapses(tutorial):
    test = tutorial[1].result
    assert test["verdict"].startswith("Collapsed")
    assert test["active_units"] == 0 and test["kl"] < 0.01
    assert test["reconstruction"] == pytest.approx(0.06747, rel=0.01)
    assert test["reconstruction_variance"] < 1e-6


@pytest.mark.parametrize(("preset", "error"), [("kl-fixed", 0.028), ("two-d", 0.051)])
def test_with_the_kl_summed_every_unit_is_in_use_and_the_digits_come_back(record, preset, error):
    test = train_here(record, PRESETS[preset].config, "tape_scan").result
    assert test["active_units"] == test["units"] > 0
    assert test["reconstruction"] <= error


def test_a_finished_run_has_every_step_and_the_weights_of_every_epoch(trained):
    record, runs = trained
    for run in runs:
        assert (run.state, run.error, run.step) == ("finished", None, 20)
        assert record.metrics(run.id).batch_size.tolist() == [64] * 20
        assert weights.steps(record.weights_folder(run.id)) == [0, 10, 20]


def test_a_finished_run_says_what_it_was_computed_on(trained):
    environment = trained[1][0].environment
    assert environment["tensorflow"].startswith("2.") and environment["keras"].startswith("3.")
    assert environment["cpu"] and environment["cores"]


def test_times_grow_with_the_steps(trained):
    seconds = trained[0].metrics(trained[1][0].id).seconds
    assert (np.diff(seconds) >= 0).all() and seconds[0] > 0


def test_a_model_is_loaded_as_it_was_trained(trained):
    record, (tape, fit) = trained
    for step in (10, 20):
        ours = training.load_model(record, tape, step).get_weights()
        for a, b in zip(ours, training.load_model(record, fit, step).get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)


def test_weights_that_are_not_there_are_said_in_a_sentence(trained):
    record, runs = trained
    with pytest.raises(weights.WeightsError, match="not there any more"):
        training.load_model(record, runs[0], 13)


@pytest.mark.parametrize("loop", ["tape", "fit"])
def test_stopping_keeps_what_was_trained(record, loop):
    run_id = record.create(SMALL.model_copy(update={"epochs": 500}), loop)
    record.claim(run_id, psutil.Process().pid, born(psutil.Process()))
    stopping = threading.Event()
    run = training.train(record, run_id, stopping, progress=lambda step, _: step > 15 and stopping.set())
    assert run.state == "stopped" and 15 < run.step < run.config.steps
    assert len(record.metrics(run_id).step) == run.step
    assert weights.steps(record.weights_folder(run_id))[-1] == run.step


def test_a_stop_that_is_asked_for_in_the_record_is_heard(record):
    run_id = record.create(SMALL.model_copy(update={"epochs": 500}), "tape")
    record.claim(run_id, psutil.Process().pid, born(psutil.Process()))
    run = training.train(record, run_id, progress=lambda *_: record.ask_stop(run_id))
    assert run.state == "stopped"


def test_a_loss_that_is_no_number_ends_the_run_with_a_sentence(record, monkeypatch):
    # Not images that are no numbers: whether relu lets those through to the KL depends on the processor.
    def broken(config):
        model = build(config)
        model.decoder.dense_output.bias.assign(np.full(784, np.nan, np.float32))
        return model

    build = training.build
    monkeypatch.setattr(training, "build", broken)
    run = train_here(record, SMALL)
    assert run.state == "failed"
    assert run.error.startswith("It stopped at step 0, in epoch 1: the reconstruction term was the first")


def test_a_full_disk_ends_the_run_with_a_sentence(record, monkeypatch):
    def full_disk(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full_disk)
    run = train_here(record, SMALL)
    assert (run.state, run.error) == ("failed", "The weights could not be written: No space left on device.")


@pytest.mark.parametrize("error", [MemoryError(), tf.errors.ResourceExhaustedError(None, None, "OOM")])
def test_running_out_of_memory_ends_the_run_with_a_sentence(record, monkeypatch, error):
    def greedy(task):
        raise error

    monkeypatch.setattr(training.loops, "get", lambda name: greedy)
    run = train_here(record, SMALL)
    assert run.state == "failed" and run.error.startswith("The memory ran out")


def test_a_sentence_waits_for_a_record_that_cannot_be_written_for_a_while(record, monkeypatch):
    end, tries = record.end, []

    def no_room(*arguments, **values):
        tries.append(arguments)
        if len(tries) < 3:
            raise StoreError("The database of runs cannot be used: database or disk is full.")
        return end(*arguments, **values)

    monkeypatch.setattr(record, "end", no_room)
    monkeypatch.setattr(training.time, "sleep", lambda seconds: None)
    monkeypatch.setattr(training.loops, "get", lambda name: lambda task: (_ for _ in ()).throw(MemoryError()))
    assert train_here(record, SMALL).state == "failed" and len(tries) == 3


def test_a_defect_ends_the_run_and_is_not_hidden(record, monkeypatch):
    def defect(task):
        raise RuntimeError("broken")

    monkeypatch.setattr(training.loops, "get", lambda name: defect)
    with pytest.raises(RuntimeError, match="broken"):
        train_here(record, SMALL)
    run = record.newest()[0]
    assert (run.state, run.error) == ("failed", "The training broke off: RuntimeError, see worker.log.")


@pytest.mark.parametrize(
    ("loop", "first"), [("tape", "Compiling"), ("tape_scan", "Compiling"), ("tape_eager", "Training")]
)
def test_the_phase_says_what_keeps_the_first_step(record, monkeypatch, loop, first):
    phases = []
    note = record.note
    monkeypatch.setattr(record, "note", lambda run, **values: phases.append(values.get("phase")) or note(run, **values))
    train_here(record, SMALL.model_copy(update={"images": 64, "epochs": 1}), loop)
    assert phases == ["Reading the data", "Building the model", first, "Training", "Testing"]


def test_the_cosine_goes_from_the_rate_to_nothing():
    config = RunConfig(schedule="cosine")
    schedule = learning_rate(config)
    assert float(schedule(0)) == pytest.approx(1e-3) and float(schedule(config.steps // 2)) == pytest.approx(5e-4)
    assert float(schedule(config.steps)) == pytest.approx(0, abs=1e-9)


def test_burdas_schedule_at_its_full_length_is_the_published_one():
    # 3^i passes at .001 * 10^(-i/7), i = 0..7: 3,280 in all.
    config = RunConfig(schedule="burda", images=64, batch_size=1, epochs=205)
    schedule, a_pass = learning_rate(config), config.steps // 3280
    for stage in range(8):
        first = a_pass * (3**stage - 1) // 2
        for step in (first + 1, first + a_pass * 3**stage - 1):
            assert float(schedule(step)) == pytest.approx(1e-3 * 10 ** (-stage / 7), rel=1e-5)


def test_a_constant_rate_is_a_number():
    assert learning_rate(RunConfig(learning_rate=0.02)) == 0.02


def test_long_gradients_are_shortened():
    x = data.load("mnist").x_train
    free, clipped = (prepare(RunConfig(clip_norm=norm), x, None).optimizer for norm in (0, 0.5))
    assert (free.global_clipnorm, clipped.global_clipnorm) == (None, 0.5)


def test_a_training_that_takes_too_long_is_stopped_and_keeps_what_it_learned(record):
    run_id = record.create(SMALL.model_copy(update={"epochs": 500}), "tape")
    me = psutil.Process()
    record.claim(run_id, me.pid, born(me))
    run = training.train(record, run_id, most_seconds=3)
    assert (run.state, run.error) == ("stopped", "Stopped after 3 seconds, the most that this host allows.")
    assert run.result and len(record.metrics(run_id).step) == run.step
    assert weights.steps(record.weights_folder(run_id))[-1] == run.step


def test_what_was_trained_before_a_resume_counts(record):
    run_id, me = record.create(SMALL.model_copy(update={"epochs": 500}), "tape"), psutil.Process()
    record.claim(run_id, me.pid, born(me))
    first = training.train(record, run_id, most_seconds=3)
    spent = record.metrics(run_id).seconds[-1]
    record.resume(run_id, (me.pid, born(me)))
    second = training.train(record, run_id, most_seconds=spent)
    assert second.error == f"Stopped after {spent:g} seconds, the most that this host allows."
    # The step under way, where it is.
    assert first.step <= second.step <= first.step + 1


def test_a_training_within_its_time_is_not_told_of_it(record):
    run_id = record.create(SMALL.model_copy(update={"epochs": 1}), "tape")
    me = psutil.Process()
    record.claim(run_id, me.pid, born(me))
    run = training.train(record, run_id, most_seconds=600)
    assert (run.state, run.error) == ("finished", None)
