"""The page that lays curves over each other."""

import pytest

from vae import curves
from vae.config import RunConfig

PAGE = "pages/compare.py"


def test_an_empty_page_says_what_to_do(app, record):
    page = app(PAGE)
    assert not page.exception
    assert "Run the tutorial's race" in page.info[0].value


def test_the_newest_race_is_shown_without_being_asked_for(app, full_record):
    page = app(PAGE)
    assert not page.exception
    assert page.multiselect[0].value == [run.id for run in full_record]


def test_tape_and_fit_are_said_to_be_identical(app, full_record):
    assert any("Identical to the last bit for 20 steps." in element.value for element in app(PAGE).markdown)


def test_runs_of_other_settings_are_said_to_differ(app, record):
    from tests.conftest import SMALL, train_here

    runs = [train_here(record, SMALL.model_copy(update={"seed": seed}), name=f"Seed {seed}") for seed in (1, 2)]
    page = app(PAGE, runs=[run.id for run in runs])
    assert any("Their settings differ" in element.value for element in page.markdown)
    assert list(page.dataframe[1].value["Setting"]) == ["Seed"]


@pytest.mark.parametrize("view", curves.VIEWS.values(), ids=curves.VIEWS)
def test_every_view_is_drawn(app, full_record, view):
    page = app(PAGE, runs=[run.id for run in full_record])
    page.segmented_control(key="view").set_value(view.title).run()
    assert not page.exception
    assert any(view.caption in caption.value for caption in page.caption)


@pytest.mark.parametrize("term", ["Loss", "Reconstruction error", "KL term"])
def test_every_term_is_drawn_on_a_log_axis_too(app, full_record, term):
    page = app(PAGE)
    page.segmented_control(key="curve").set_value(term).run()
    page.toggle(key="log").set_value(True).run()
    assert not page.exception


def test_the_table_has_what_fit_and_the_tape_would_print(app, full_record, trained):
    table = app(PAGE).dataframe[0].value
    metrics = trained[0].metrics(full_record[0].id)
    assert table["Loss"][0] == pytest.approx(curves.epoch_losses(metrics)[-1]["loss"])
    assert table["Running mean"][0] == pytest.approx(metrics.loss.mean())


def test_the_picked_runs_are_in_the_address(app, full_record):
    page = app(PAGE)
    page.multiselect[0].set_value([full_record[1].id]).run()
    assert page.query_params["runs"] in (full_record[1].id, [full_record[1].id])


@pytest.mark.parametrize("query", [{"view": "nonsense"}, {"curve": "<script>"}])
def test_an_impossible_view_in_the_address_is_said_in_a_sentence(app, full_record, query):
    page = app(PAGE, **query)
    assert not page.exception
    assert "is not possible: it must be one of" in page.warning[0].value


def test_a_deleted_run_in_the_address_is_said_and_the_others_are_shown(app, full_record):
    page = app(PAGE, runs=["f" * 32, full_record[0].id])
    assert not page.exception
    assert "There is no run" in page.warning[0].value
    assert page.multiselect[0].value == [full_record[0].id]


def test_queued_runs_say_that_they_wait(app, record):
    run_id = record.create(RunConfig(), "tape")
    page = app(PAGE, runs=[run_id])
    assert not page.exception
    assert any(button.label == "Stop" for button in page.button)
