"""The button that offers runs as a file, on Runs and on Compare."""

import pytest

from vae.config import RunConfig

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
