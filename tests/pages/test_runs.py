"""The page of all runs."""

import shutil

import pytest

from tests.conftest import new_record
from vae.config import RunConfig

PAGE = "pages/runs.py"


def click(page, label):
    """Presses the newest button of that name."""
    return [button for button in page.button if button.label == label][-1].click().run()


@pytest.fixture
def own_record(trained, tmp_path, monkeypatch):
    """A copy of the trained record that a test may change."""
    shutil.copytree(trained[0].folder, tmp_path / "copy")
    monkeypatch.setenv("VAE_LAB_ARTIFACTS", str(tmp_path / "copy"))
    monkeypatch.delenv("VAE_LAB_DATABASE_URL", raising=False)
    return new_record(tmp_path / "copy")


def test_an_empty_page_says_what_to_do(app, record):
    page = app(PAGE)
    assert not page.exception
    assert "Nothing has been trained here yet" in page.info[0].value


def test_every_run_is_listed_with_state_and_figures(app, full_record):
    table = app(PAGE).dataframe[0].value
    assert list(table["State"]) == ["finished", "finished"]
    assert list(table["Progress"]) == [1.0, 1.0]
    assert all(table["Test error"] > 0)


def test_a_run_is_renamed(app, own_record):
    run = own_record.newest()[0]
    page = app(PAGE, run=run.id)
    page.text_input[0].set_value("A better name")
    click(page, "Rename")
    assert own_record.get(run.id).name == "A better name"


def test_deleting_asks_first(app, own_record):
    run = own_record.newest()[0]
    click(app(PAGE, run=run.id), "Delete")
    assert own_record.get(run.id)


def test_deleting_removes_metrics_and_weights(app, own_record):
    run = own_record.newest()[0]
    page = click(app(PAGE, run=run.id), "Delete")
    page = click(page, "Delete for good")
    assert not page.exception
    assert run.id not in [other.id for other in own_record.newest()]
    assert not len(own_record.metrics(run.id).step)
    assert not own_record.weights_folder(run.id).exists()


def test_a_run_that_waits_cannot_be_deleted(app, record):
    record.create(RunConfig(), "tape")
    page = app(PAGE)
    assert [button for button in page.button if button.label == "Delete"][0].disabled


def test_a_link_to_no_run_says_so(app, full_record):
    page = app(PAGE, run="e" * 32)
    assert not page.exception
    assert "There is no run" in page.warning[0].value
