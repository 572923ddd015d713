"""The home page."""

from vae.config import RunConfig
from vae.jobs.local import Dispatcher


def test_an_empty_home_says_what_to_do(app, record):
    page = app()
    assert not page.exception
    assert page.button[0].label == "Run the tutorial's race"
    assert any("None yet" in caption.value for caption in page.caption)


def test_where_the_server_has_not_started_the_dispatcher_the_first_page_does(app, record, monkeypatch):
    started = []
    monkeypatch.setattr(Dispatcher, "start", lambda self: started.append(self) or self)
    app(), app()
    assert len(started) == 1


def test_the_race_button_queues_the_tutorial_by_tape_and_fit(app, record):
    app().button[0].click().run()
    runs = record.newest()
    assert {run.loop for run in runs} == {"tape", "fit"}
    assert {run.config for run in runs} == {RunConfig()}
    assert len({run.race for run in runs}) == 1
    assert {run.state for run in runs} == {"queued"}


def test_the_newest_runs_are_listed(app, full_record):
    table = app().dataframe[0].value
    assert list(table["State"]) == ["finished", "finished"]
    assert set(table["Loop"]) == {"GradientTape, compiled", "compile() + fit()"}


def test_a_folder_that_cannot_be_written_is_said_in_a_sentence(app, record, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("VAE_LAB_ARTIFACTS", str(tmp_path / "file" / "runs"))
    page = app()
    assert not page.exception
    assert "cannot be written" in page.error[0].value
