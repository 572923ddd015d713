"""What a visitor sees in each mode: controls that are disabled and say why, and sentences for what is refused."""

import pytest

from tests.conftest import SMALL
from vae.config import RunConfig

READ_ONLY, OWNERS_ONLY = "This lab is read-only", "Only the owners of this lab"
PASSPHRASE = "correct horse battery"


@pytest.fixture(params=["read-only", "owner"])
def reason(request, monkeypatch):
    """A mode in which a stranger may only look; how the reason begins."""
    monkeypatch.setenv("VAE_LAB_MODE", request.param)
    monkeypatch.setenv("VAE_LAB_PASSPHRASE", PASSPHRASE)
    return READ_ONLY if request.param == "read-only" else OWNERS_ONLY


def control(page, kind, label):
    """The control with this label."""
    return next(each for each in getattr(page, kind) if each.label == label)


def assert_disabled(page, reason, *labels, kind="button"):
    """That controls are there, disabled, and say why."""
    assert not page.exception
    for label in labels:
        found = control(page, kind, label)
        assert found.disabled and found.help.startswith(reason)


def test_home_shows_the_race_but_does_not_start_it(app, record, reason):
    assert_disabled(app(), reason, "Run the tutorial's race")


def test_train_shows_the_form_but_does_not_start_it(app, record, reason):
    page = app("pages/train.py")
    assert_disabled(page, reason, "Start training")
    assert any(reason in caption.value for caption in page.caption)
    assert not page.number_input(key="epochs").disabled


def test_a_run_that_waits_cannot_be_stopped(app, record, reason):
    run_id = record.create(RunConfig(), "tape")
    assert_disabled(app("pages/train.py", run=run_id), reason, "Stop")
    assert_disabled(app("pages/compare.py", runs=[run_id], seeds="2"), reason, "Stop", "Start the race")


def test_short_trainings_that_show_causes_cannot_be_started(app, full_record, reason):
    page = app("pages/compare.py", runs=[run.id for run in full_record], why="true", causes="Noise")
    assert_disabled(page, reason, "Run 2 short trainings")


def test_a_run_cannot_be_renamed_pinned_or_deleted(app, full_record, reason):
    page = app("pages/runs.py", run=full_record[0].id)
    assert_disabled(page, reason, "Rename", "Delete")
    assert_disabled(page, reason, "Name", kind="text_input")
    assert_disabled(page, reason, "Pinned", kind="toggle")


def test_in_the_open_mode_nothing_is_disabled_and_nobody_signs_in(app, full_record):
    page = app("pages/runs.py", run=full_record[0].id)
    # Import waits for a file.
    assert [button.label for button in page.button if button.disabled] == ["Import"]
    assert not [box for box in page.text_input if box.label == "Owners' passphrase"]


@pytest.mark.parametrize("mode", ["read-only", "owner"])
def test_a_click_that_comes_after_the_mode_has_changed_is_a_sentence(app, record, monkeypatch, mode):
    page = app("pages/train.py")
    monkeypatch.setenv("VAE_LAB_MODE", mode)
    control(page, "button", "Start training").click().run()
    assert not page.exception and record.newest() == []


@pytest.mark.parametrize("mode", ["read-only", "owner"])
def test_a_stop_that_comes_after_the_mode_has_changed_is_a_sentence(app, record, monkeypatch, mode):
    run_id = record.create(RunConfig(), "tape")
    page = app("pages/train.py", run=run_id)
    monkeypatch.setenv("VAE_LAB_MODE", mode)
    control(page, "button", "Stop").click().run()
    assert not page.exception and record.get(run_id).state == "queued"
    assert "lab" in page.toast[0].value


def sign_in(page, typed):
    """Types a passphrase and presses the button."""
    control(page, "text_input", "Owners' passphrase").set_value(typed)
    return control(page, "button", "Sign in").click().run()


@pytest.fixture
def owned(monkeypatch):
    """A lab whose owners have a passphrase, which nobody has tried yet."""
    from vae import passphrase

    monkeypatch.setenv("VAE_LAB_MODE", "owner")
    monkeypatch.setenv("VAE_LAB_PASSPHRASE", PASSPHRASE)
    monkeypatch.setattr(passphrase, "_tries", passphrase.Tries())


def test_an_owner_signs_in_starts_a_training_and_signs_out(app, record, owned):
    page = sign_in(app("pages/train.py"), PASSPHRASE)
    control(page, "button", "Start training").click().run()
    assert not page.exception and {run.loop for run in record.newest()} == {"tape", "fit"}
    control(page, "button", "Sign out").click().run()
    assert not page.exception and control(page, "text_input", "Owners' passphrase").value == ""


def test_a_wrong_passphrase_is_said_and_not_kept(app, record, owned):
    page = sign_in(app("pages/train.py"), "wrong passphrase")
    assert page.error[0].value == "That is not the passphrase."
    assert page.session_state["typed_passphrase"] == ""
    assert_disabled(page, OWNERS_ONLY, "Start training")


def test_the_sixth_try_in_a_minute_is_not_looked_at(app, record, owned):
    page = app("pages/train.py")
    for _ in range(5):
        sign_in(page, "wrong passphrase")
    assert "Too many tries" in sign_in(page, PASSPHRASE).error[0].value


@pytest.mark.parametrize(
    ("setting", "value", "sentence"),
    [
        ("VAE_LAB_PASSPHRASE", "", "Nobody can sign in"),
        ("VAE_LAB_PASSPHRASE", "too short", "VAE_LAB_PASSPHRASE is too short"),
    ],
)
def test_a_lab_that_nobody_can_sign_in_to_says_why(app, record, owned, monkeypatch, setting, value, sentence):
    monkeypatch.setenv(setting, value)
    page = app("pages/train.py")
    assert any(sentence in warning.value for warning in page.warning)
    assert_disabled(page, OWNERS_ONLY, "Start training")


@pytest.mark.parametrize(
    ("name", "value"), [("VAE_LAB_MODE", "closed"), ("VAE_LAB_MAX_EPOCHS", "0"), ("VAE_LAB_MAX_DISK_GB", "a lot")]
)
def test_a_setting_of_the_host_that_is_not_possible_is_one_sentence(app, record, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    page = app("pages/train.py")
    assert not page.exception and not page.button
    assert page.error[0].value.startswith(f"{name} = {value} is not possible")


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("VAE_LAB_MAX_EPOCHS", "2", "3 epochs are more than this host allows: at most 2."),
        ("VAE_LAB_MAX_QUEUED", "1", "You asked for 2 runs and have 0 that wait or train"),
    ],
)
def test_a_quota_that_is_reached_disables_the_start_and_is_said(app, record, monkeypatch, name, value, sentence):
    monkeypatch.setenv(name, value)
    for path, label in (("pages/train.py", "Start training"), ("pages/compare.py", "Start the race")):
        page = app(path)
        assert_disabled(page, sentence, label)
        assert any(sentence in caption.value for caption in page.caption)


def test_a_pinned_run_says_that_it_must_be_unpinned_before_it_is_deleted(app, record):
    run_id = record.create(SMALL, "tape")
    record.end(run_id, "stopped")
    page = app("pages/runs.py", run=run_id)
    control(page, "toggle", "Pinned").set_value(True).run()
    assert record.get(run_id).pinned
    assert_disabled(page, "A pinned run must be unpinned first", "Delete")
    control(page, "toggle", "Pinned").set_value(False).run()
    assert not record.get(run_id).pinned and not control(page, "button", "Delete").disabled


def test_pressing_start_again_shows_the_run_that_waits(app, record):
    for _ in range(3):
        page = app("pages/train.py")
        control(page, "button", "Start training").click().run()
    assert len(record.newest()) == 2
    assert {run.visitor for run in record.newest()} != {None}
