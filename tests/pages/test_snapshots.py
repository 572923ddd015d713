"""The button that offers runs as a file, on Runs and on Compare."""

import pytest

from pages.parts import snapshots
from vae.config import RunConfig
from vae.runs import weights

PAGES = ["pages/runs.py", "pages/compare.py"]


def button(page):
    """The button's description."""
    return next(found for found in page.get("download_button") if found.proto.label == "Snapshot (HTML)").proto


@pytest.mark.parametrize("path", PAGES)
def test_it_is_there_for_runs_with_weights(app, full_record, path):
    page = app(path)
    assert not page.exception and not button(page).disabled


def test_a_run_that_has_not_begun_has_no_snapshot_yet(app, record):
    record.create(RunConfig(), "tape")
    assert button(app("pages/runs.py")).disabled


def test_the_file_is_a_page_of_the_runs(trained):
    assert b"Identical to the last bit for 20 steps." in snapshots.page(*trained)


def test_a_file_that_cannot_be_made_says_why(trained, monkeypatch):
    store, runs = trained
    monkeypatch.setattr(weights, "path", lambda folder, step: folder / "step-<gone>.npz")
    assert b"<p>The weights step-&lt;gone&gt;.npz are not there any more.</p>" in snapshots.page(store, runs)
