"""The page of all runs."""

import shutil

import pytest

from tests.conftest import SMALL, new_record
from vae.config import RunConfig
from vae.exports.files import FORMATS
from vae.runs.bundle import export_bundle

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


def upload(page, content):
    """Chooses a file as the bundle, and presses Import."""
    page.file_uploader[0].upload("run.zip", content, "application/zip").run()
    return click(page, "Import")


def test_a_bundle_is_imported_on_an_empty_page(app, trained, record):
    run = trained[1][0]
    page = upload(app(PAGE), export_bundle(trained[0], run.id))
    assert not page.exception
    assert page.success[0].value == "The run is imported\\."
    assert record.get(run.id).config == run.config
    assert list(page.dataframe[0].value["State"]) == ["finished"]


def test_a_run_that_is_here_already_is_said(app, own_record):
    run = own_record.newest()[0]
    page = upload(app(PAGE), export_bundle(own_record, run.id))
    assert "This run is here already" in page.success[0].value
    assert len(own_record.newest()) == 2


def test_what_is_no_bundle_is_refused_in_one_sentence(app, own_record):
    page = upload(app(PAGE), b"PK" * 100)
    assert not page.exception
    assert page.warning[0].value == "This file is no bundle of VAE Lab\\."
    assert len(own_record.newest()) == 2


def test_a_run_is_downloaded_as_every_kind_of_file(app, full_record):
    page = app(PAGE, run=full_record[0].id)
    shown = {button.label: button.disabled for button in page.download_button}
    assert shown == {**{kind.title: False for kind in FORMATS.values()}, "Snapshot (HTML)": False}


def test_a_run_that_waits_is_downloaded_as_code_alone(app, record):
    record.create(SMALL, "tape")
    possible = [button.label for button in app(PAGE).download_button if not button.disabled]
    assert possible == ["Script", "Notebook"]
