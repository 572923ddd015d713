"""The page that configures, starts and watches a training."""

import threading
import time
from dataclasses import replace

import numpy as np
import psutil
import pytest

from pages.parts import models, outlook
from pages.parts.outlook import read_ahead
from tests.conftest import SMALL, from_another_version, train_here
from vae.config import RunConfig
from vae.jobs.processes import born
from vae.loops import LOOPS
from vae.presets import PRESETS
from vae.runs import Metrics, checkpoints

PAGE = "pages/train.py"


def start(page):
    """Presses Start."""
    return next(button for button in page.button if button.label == "Start training").click().run()


def test_an_empty_page_says_that_start_is_enough(app, record):
    page = app(PAGE)
    assert not page.exception
    assert any("just press Start" in caption.value for caption in page.caption)


def test_every_setting_has_a_widget_with_help(app, record):
    page = app(PAGE)
    widgets = {widget.key: widget for widget in [*page.number_input, *page.selectbox, *page.text_input]}
    assert set(RunConfig.model_fields) <= set(widgets)
    assert all(widgets[name].help for name in RunConfig.model_fields)


@pytest.mark.parametrize("key", PRESETS)
def test_a_preset_fills_in_the_form(app, record, key):
    page = app(PAGE)
    page.selectbox(key="preset_choice").set_value(PRESETS[key].title).run()
    page.segmented_control(key="loop").set_value(LOOPS["tape"].title).run()
    start(page)
    run = record.newest()[0]
    assert (run.config, run.name, run.loop) == (PRESETS[key].config, PRESETS[key].title, "tape")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("epochs", 7),
        ("latent_dim", 2),
        ("batch_size", 128),
        ("images", 1000),
        ("intermediate_dim", 32),
        ("learning_rate", 0.01),
        ("kl_weight", 0.5),
        ("seed", 42),
    ],
)
def test_a_number_in_the_form_reaches_the_run(app, record, name, value):
    page = app(PAGE)
    page.number_input(key=name).set_value(value).run()
    start(page)
    assert getattr(record.newest()[0].config, name) == value


@pytest.mark.parametrize(("name", "value"), [("kl_reduction", "sum"), ("dataset", "fashion_mnist")])
def test_a_choice_in_the_form_reaches_the_run(app, record, name, value):
    page = app(PAGE)
    page.selectbox(key=name).set_value(value).run()
    start(page)
    assert getattr(record.newest()[0].config, name) == value


def test_the_estimate_grows_with_the_epochs(app, record):
    page = app(PAGE)
    before = next(caption.value for caption in page.caption if "steps for each loop" in caption.value)
    page.number_input(key="epochs").set_value(300).run()
    after = next(caption.value for caption in page.caption if "steps for each loop" in caption.value)
    assert before.startswith("2,814 steps") and after.startswith("281,400 steps")
    assert " s in all" in before and " min in all" in after


def test_a_setting_in_the_address_fills_in_the_form(app, record):
    page = app(PAGE, epochs="9", kl_reduction="sum")
    start(page)
    config = record.newest()[0].config
    assert (config.epochs, config.kl_reduction) == (9, "sum")


@pytest.mark.parametrize("query", [{"epochs": "0"}, {"epochs": "x"}, {"kl_reduction": "max"}, {"learning_rate": "nan"}])
def test_an_impossible_setting_in_the_address_is_said_in_a_sentence(app, record, query):
    page = app(PAGE, **query)
    assert not page.exception
    assert f"{next(iter(query))} = {next(iter(query.values()))} is not possible" in page.warning[0].value


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ({"latent_dim": "3.7"}, "number_input"),
        ({"learning_rate": "0"}, "number_input"),
        ({"epochs": "9999"}, "number_input"),
        ({"more_layers": "1-"}, "text_input"),
        ({"kl_reduction": "max"}, "selectbox"),
    ],
)
def test_the_usual_value_stands_where_the_address_has_an_impossible_one(app, record, query, kind):
    page = app(PAGE, **query, batch_size="128")
    ((name, value),) = query.items()
    assert f"{name} = {value} is not possible" in page.warning[0].value
    assert getattr(page, kind)(key=name).value == getattr(RunConfig(), name)
    assert name not in page.query_params and page.number_input(key="batch_size").value == 128


def test_an_impossible_setting_that_comes_to_a_drawn_form_is_said_in_a_sentence(app, record):
    page = app(PAGE, batch_size="128")
    page.query_params["epochs"] = "0"
    page.run()
    assert not page.exception
    assert "epochs = 0 is not possible" in page.warning[0].value


def test_an_impossible_loop_in_the_address_is_said_in_a_sentence(app, record):
    page = app(PAGE, loop="banana")
    assert not page.exception
    assert any(warning.value.startswith("loop = banana in the address is not possible") for warning in page.warning)
    assert page.segmented_control(key="loop").value == "Race: tape and fit"


@pytest.mark.parametrize("run", ["0" * 32, "no-id", "../../etc/passwd", "<b>x</b>"])
def test_a_link_to_no_run_says_so_and_shows_the_form(app, record, run):
    page = app(PAGE, run=run)
    assert not page.exception
    assert "The link may be old" in page.warning[0].value
    assert any(button.label == "Start training" for button in page.button)


def test_a_link_to_a_run_of_another_version_says_so_and_shows_the_form(app, record):
    page = app(PAGE, run=from_another_version(record, record.create(RunConfig(), "tape")))
    assert not page.exception
    assert "was written by another version of this program" in page.warning[0].value
    assert any(button.label == "Start training" for button in page.button)


def test_a_queued_run_says_that_it_waits_and_can_be_stopped(app, record):
    run_id = record.create(RunConfig(), "tape")
    page = app(PAGE, run=run_id)
    assert not page.exception
    next(button for button in page.button if button.label == "Stop").click().run()
    assert record.get(run_id).state == "stopped"


def test_beside_a_run_the_form_waits_until_it_is_asked_for(app, full_record):
    run = full_record[0].id
    assert "Start training" not in [button.label for button in app(PAGE, run=run).button]
    page = app(PAGE, run=run, epochs="5")
    assert page.number_input(key="epochs").value == 5
    assert "Start training" in [button.label for button in page.button]


def press(page, label):
    """Presses a button."""
    return next(button for button in page.button if button.label == label).click().run()


def test_a_run_can_be_paused_and_resumed(app, record):
    run_id = record.create(RunConfig(), "tape")
    page = press(app(PAGE, run=run_id), "Pause")
    assert not page.exception and record.get(run_id).state == "paused"
    resume = next(button for button in page.button if button.label == "Resume")
    assert resume.help == "It has no checkpoint, so it starts from the beginning."
    assert not {"Stop", "Pause"} & {button.label for button in page.button}
    page = press(page, "Resume")
    assert not page.exception and record.get(run_id).state == "queued"
    assert {"Stop", "Pause"} <= {button.label for button in page.button}


@pytest.mark.parametrize("state", ["stopped", "lost", "failed"])
def test_a_run_that_was_broken_off_says_from_where_it_would_go_on(app, record, state):
    run_id = record.create(RunConfig(), "tape")
    checkpoints.save(record.weights_folder(run_id), 1234, {"a": np.ones(3)})
    record.end(run_id, state)
    page = app(PAGE, run=run_id)
    resume = next(button for button in page.button if button.label == "Resume")
    assert resume.help == "Goes on after step 1,234, from its newest checkpoint."


def test_a_finished_run_has_nothing_to_resume(app, full_record):
    assert "Resume" not in [button.label for button in app(PAGE, run=full_record[0].id).button]


def test_a_finished_run_shows_its_verdict(app, full_record):
    run = full_record[0]
    page = app(PAGE, run=run.id)
    assert not page.exception
    told = f"{run.result['verdict']} Tested on 10,000 images in grey."
    assert told in [element.value for element in [*page.warning, *page.success]]


def test_a_failed_run_shows_its_error_as_plain_text(app, record):
    run_id = record.create(RunConfig(), "tape", name="# **bold** name")
    record.end(run_id, "failed", error="It *broke* here.")
    page = app(PAGE, run=run_id)
    assert page.error[0].value == r"It \*broke\* here\."
    assert r"\# \*\*bold\*\* name" in page.subheader[0].value


def test_a_page_looks_often_at_first_and_seldom_later(record):
    from pages.parts.live import refresh_seconds

    run = record.get(record.create(RunConfig(), "tape"))

    def begun(ago: float, step: int = 9):
        return replace(run, state="running", started=time.time() - ago, step=step)

    assert refresh_seconds([run]) == refresh_seconds([begun(0, step=1)]) == 0.2
    assert [refresh_seconds([begun(ago)]) for ago in (0, 12, 30, 3600)] == pytest.approx([0.5, 2, 5, 5], abs=0.1)
    assert refresh_seconds([replace(begun(3600), stop_asked=time.time())]) == 2
    assert refresh_seconds([replace(run, state="finished")]) is None
    assert refresh_seconds([]) is None
    # A race looks at the run that trains, not at the one that waits.
    assert refresh_seconds([replace(run, created=1.0), begun(0)]) == 0.5


def test_a_collapse_is_forecast_and_the_cure_fills_in_the_form(app, record):
    page = app(PAGE)
    assert any("This will collapse" in warning.value for warning in page.warning)
    next(button for button in page.button if button.label == "Apply the cure").click().run()
    assert not page.exception and not page.warning
    assert any("This will use its codes" in caption.value for caption in page.caption)
    assert page.selectbox(key="kl_reduction").value == "sum"
    assert not [button for button in page.button if button.label == "Apply the cure"]


def test_what_the_usual_forecast_needs_is_worked_out_before_the_page_opens(app, record, monkeypatch):
    read_ahead()

    def work(*_, **__):
        raise AssertionError("The page does it again.")

    monkeypatch.setattr(outlook, "spectrum", work)
    monkeypatch.setattr(models, "load", work)
    page = app(PAGE)
    assert not page.exception
    assert any("This will collapse" in warning.value for warning in page.warning)


def test_a_server_begins_with_what_the_usual_forecast_needs(app, record, monkeypatch):
    begun = threading.Event()
    monkeypatch.setattr(outlook, "read_ahead", begun.set)
    app()
    assert begun.wait(60)


def test_there_is_no_forecast_for_images_that_are_not_there(app, record, monkeypatch):
    from vae import data

    def load():
        raise AssertionError("A page must not download.")

    monkeypatch.setitem(data.DATASETS, "fashion_mnist", data.DATASETS["fashion_mnist"]._replace(load=load))
    page = app(PAGE, dataset="fashion_mnist")
    assert not page.exception and not page.warning
    assert any("no forecast" in caption.value for caption in page.caption)


def test_a_damaged_dataset_is_said_in_a_sentence(app, record, monkeypatch, tmp_path):
    from vae import data

    monkeypatch.setattr(data, "MNIST_FILE", tmp_path / "mnist.npz")
    data.load.cache_clear()
    page = app(PAGE)
    assert not page.exception
    assert "missing or damaged" in page.error[0].value


def collapsed(record, state: str = "running") -> str:
    """A run of the tutorial's settings that answers the mean image, and its id."""
    run_id = record.create(RunConfig(), "tape", name="Tutorial")
    me = psutil.Process()
    record.claim(run_id, me.pid, born(me))
    n, floor = 500, 0.06725
    rows = np.arange(n), np.zeros(n, int), np.full(n, 64), np.full(n, floor), np.full(n, floor), np.zeros(n)
    record.append(run_id, Metrics(*rows, np.arange(n) / 1000))
    if state != "running":
        record.end(run_id, state)
    return run_id


@pytest.mark.parametrize("state", ["running", "stopped"])
def test_a_run_that_answers_the_mean_image_raises_the_alarm_and_is_copied_with_the_cure(app, record, state):
    page = app(PAGE, run=collapsed(record, state))
    assert not page.exception
    assert any("always drawing the mean image" in warning.value for warning in page.warning)
    next(button for button in page.button if button.label == "Start a copy with the cure").click().run()
    copy = record.newest()[0]
    assert (copy.config, copy.loop, copy.name) == (RunConfig(kl_reduction="sum"), "tape", "Tutorial, cured")


def test_a_finished_run_that_collapsed_says_so_once_and_offers_the_cure(app, record):
    run_id = collapsed(record)
    result = {"reconstruction": 0.0675, "mean_image": 0.0675, "active_units": 0, "units": 32, "images": 10_000}
    record.end(run_id, "finished", result={**result, "verdict": "Collapsed."})
    page = app(PAGE, run=run_id)
    assert not page.exception
    assert [warning.value[:9] for warning in page.warning] == ["Collapsed"]
    next(button for button in page.button if button.label == "Start a copy with the cure").click().run()
    assert record.newest()[0].config.kl_reduction == "sum"


def test_a_healthy_run_raises_no_alarm_and_tells_its_loss_in_other_units(app, full_record):
    page = app(PAGE, run=full_record[0].id)
    assert not [button for button in page.button if button.label == "Start a copy with the cure"]
    assert any("nats an image" in str(table.value) for table in page.table)


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        ("selectbox", "likelihood", "bernoulli"),
        ("selectbox", "inputs", "dynamic"),
        ("selectbox", "warm_up", "cyclical"),
        ("selectbox", "network", "conv"),
        ("selectbox", "activation", "tanh"),
        ("selectbox", "schedule", "burda"),
        ("selectbox", "compiler", "xla"),
        ("number_input", "sigma", 0.1),
        ("number_input", "warm_up_epochs", 3),
        ("number_input", "free_bits", 0.25),
        ("number_input", "samples", 5),
        ("number_input", "clip_norm", 1.0),
        ("number_input", "steps_per_execution", 10),
        ("number_input", "weights_shift", 1),
        ("number_input", "order_shift", 1),
        ("number_input", "noise_shift", 1),
        ("text_input", "more_layers", "200-100"),
    ],
)
def test_every_other_setting_reaches_the_run(app, record, kind, name, value):
    page = app(PAGE)
    getattr(page, kind)(key=name).set_value(value).run()
    assert not page.exception
    start(page)
    assert getattr(record.newest()[0].config, name) == value


def test_settings_that_do_not_go_together_are_one_sentence_and_nothing_starts(app, record):
    page = app(PAGE)
    page.selectbox(key="bound").set_value("iwae").run()
    assert not page.exception
    assert page.error[0].value.startswith("bound = iwae is not possible with these settings")
    assert "Start training" not in [button.label for button in page.button]
    page.selectbox(key="likelihood").set_value("bernoulli").run()
    page.selectbox(key="kl_reduction").set_value("sum").run()
    page.number_input(key="samples").set_value(5).run()
    assert not page.error
    start(page)
    assert record.newest()[0].config.bound == "iwae"


def test_widths_that_are_none_are_one_sentence(app, record):
    page = app(PAGE)
    page.text_input(key="more_layers").set_value("twenty").run()
    assert not page.exception
    assert page.error[0].value.startswith("more_layers = twenty is not possible")


def test_a_link_to_an_importance_weighted_training_is_taken_whole(app, record):
    page = app(PAGE, bound="iwae", likelihood="bernoulli", kl_reduction="sum", samples="5")
    assert not page.warning and not page.error
    start(page)
    assert record.newest()[0].config.bound == "iwae"


def test_a_run_in_nats_says_so_in_other_units(app, record):
    run = train_here(record, SMALL.model_copy(update={"likelihood": "bernoulli"}))
    page = app(PAGE, run=run.id)
    assert not page.exception
    table = page.table[0].value
    assert any("As trained" in str(cell) for cell in table.to_numpy().ravel())


def test_a_run_that_has_ended_is_shown_as_code(app, full_record):
    page = app(PAGE, run=full_record[1].id)
    assert not page.exception
    (shown,) = [block.value for block in page.code if "import keras" in block.value]
    assert "vae.fit(" in shown and "IMAGES = 640" in shown
