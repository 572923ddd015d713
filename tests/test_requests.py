"""What visitors ask for: refused where they may not, within the host's quotas, and done as before where they may."""

import subprocess
import sys

import numpy as np
import pytest

from tests.conftest import SMALL
from tests.runs.test_disk import ended
from vae import footprint, own_data, requests
from vae.access import TERMINAL, NotAllowedError, Visitor
from vae.config import RunConfig
from vae.jobs import likelihood
from vae.quotas import QuotaError
from vae.runs.archive import BundleError
from vae.runs.bundle import export_bundle

STRANGER, OTHER = Visitor("a" * 32), Visitor("b" * 32)


IMAGES = {"images": np.zeros((64, 28, 28), np.uint8), "labels": np.zeros(64, np.uint8), "classes": ["image"]}
OWN = own_data.OwnSet(sha256="a" * 64, title="Mine", count=64, labels=("image",), kept=0.0)


def asks(record, run_id):
    """Every request there is, ready to be made by a visitor."""
    key = (run_id, 0, 10, 10)
    return {
        "start": lambda who: requests.start(who, record, SMALL, ("tape",)),
        "stop": lambda who: requests.stop(who, record, run_id),
        "pause": lambda who: requests.pause(who, record, run_id),
        "resume": lambda who: requests.resume(who, record, run_id),
        "rename": lambda who: requests.rename(who, record, run_id, "Another name"),
        "pin": lambda who: requests.pin(who, record, run_id, True),
        "delete": lambda who: requests.delete(who, record, run_id),
        "estimate": lambda who: requests.estimate(who, record, record.get(run_id), 10, 10),
        "bring_in": lambda who: requests.bring_in(who, record, b"no bundle"),
        "keep_images": lambda who: requests.keep_images(who, record, "Mine", IMAGES),
        "delete_images": lambda who: requests.delete_images(who, record, OWN),
        "stop_estimate": lambda who: requests.stop_estimate(who, record, key),
    }


def test_all_requests_are_tried_below():
    public = {name for name, value in vars(requests).items() if getattr(value, "__module__", "") == requests.__name__}
    assert {name for name in public if not name.startswith("_")} - {"why_not_start"} == set(asks(None, ""))


@pytest.mark.parametrize("mode", ["read-only", "owner"])
@pytest.mark.parametrize("name", asks(None, ""))
def test_a_forged_request_is_refused_and_changes_nothing(record, monkeypatch, mode, name):
    run_id = ended(record)
    before = record.newest()
    monkeypatch.setenv("VAE_LAB_MODE", mode)
    with pytest.raises(NotAllowedError):
        asks(record, run_id)[name](STRANGER)
    assert record.newest() == before


@pytest.mark.parametrize("name", ["start", "stop", "pause", "rename", "pin", "delete", "keep_images", "delete_images"])
def test_the_terminal_and_an_owner_may(record, monkeypatch, name):
    monkeypatch.setenv("VAE_LAB_MODE", "owner")
    for who in (TERMINAL, Visitor("c" * 32, owner=True)):
        asks(record, ended(record))[name](who)


def test_a_visitor_resumes_what_was_broken_off_within_the_quota(record, monkeypatch):
    run_id = record.create(SMALL, "tape")
    record.ask_stop(run_id)
    requests.resume(STRANGER, record, run_id)
    assert record.get(run_id).state == "queued"
    record.ask_stop(run_id)
    monkeypatch.setenv("VAE_LAB_MAX_QUEUED_IN_ALL", "1")
    record.create(SMALL, "fit")
    with pytest.raises(QuotaError, match="1 wait or train here already"):
        requests.resume(STRANGER, record, run_id)


def test_a_bundle_is_judged_in_a_child_before_the_server_reads_it(record, monkeypatch):
    monkeypatch.setattr(requests.files, "import_run", lambda *_: pytest.fail("the server has read it"))
    with pytest.raises(BundleError, match="no bundle of VAE Lab"):
        requests.bring_in(STRANGER, record, b"no bundle")
    assert record.newest() == []


def test_a_bundle_that_is_one_is_taken(trained, record):
    store, (run, _) = trained
    assert requests.bring_in(STRANGER, record, export_bundle(store, run.id)) == run.id
    assert record.get(run.id).config == run.config


def test_a_race_is_started_once_and_remembers_its_visitor(record):
    ids = requests.start(STRANGER, record, SMALL, ("tape", "fit"), "Race", seeds=2)
    assert requests.start(STRANGER, record, SMALL, ("tape", "fit"), "Race", seeds=2) == ids
    assert {run.visitor for run in record.newest()} == {STRANGER.id} and len(ids) == 4


def test_a_training_that_is_too_large_is_refused_before_and_at_the_start(record, monkeypatch):
    monkeypatch.setenv("VAE_LAB_MAX_EPOCHS", "2")
    config = RunConfig(epochs=3)
    with pytest.raises(QuotaError) as raised:
        requests.start(STRANGER, record, config, ("tape",))
    assert requests.why_not_start(STRANGER, record, config) == str(raised.value)
    assert record.newest() == [] and "3 epochs" in str(raised.value)


def test_a_full_queue_is_refused_to_one_visitor_and_open_to_another(record, monkeypatch):
    monkeypatch.setenv("VAE_LAB_MAX_QUEUED", "2")
    requests.start(STRANGER, record, SMALL, ("tape", "fit"))
    with pytest.raises(QuotaError, match="You asked for 1 run and have 2 that wait or train"):
        requests.start(STRANGER, record, SMALL, ("tape",))
    assert requests.why_not_start(STRANGER, record, SMALL).startswith("You asked for 1 run")
    assert requests.why_not_start(OTHER, record, SMALL) == ""
    assert requests.start(OTHER, record, SMALL, ("tape",))


def test_the_terminal_has_no_quotas(record, monkeypatch):
    for name in ("EPOCHS", "WEIGHTS", "MEMORY_MB", "QUEUED", "QUEUED_IN_ALL"):
        monkeypatch.setenv(f"VAE_LAB_MAX_{name}", "1")
    monkeypatch.setenv("VAE_LAB_MAX_DISK_GB", "1e-9")
    assert requests.why_not_start(TERMINAL, record, RunConfig()) == ""
    assert len(requests.start(TERMINAL, record, RunConfig(), ("tape", "fit"))) == 2


def test_a_start_makes_room_on_the_disk(record, monkeypatch):
    old, pinned = ended(record), ended(record)
    record.pin(pinned, True)
    monkeypatch.setenv("VAE_LAB_MAX_DISK_GB", str((1.5e6 + footprint.disk_bytes(SMALL)) / 1e9))
    (run_id,) = requests.start(STRANGER, record, SMALL, ("tape",))
    assert {run.id for run in record.newest()} == {pinned, run_id} and not record.weights_folder(old).exists()


def test_a_start_for_which_no_room_can_be_made_deletes_nothing(record, monkeypatch):
    ended(record)
    pinned = ended(record)
    record.pin(pinned, True)
    monkeypatch.setenv("VAE_LAB_MAX_DISK_GB", "0.001")
    with pytest.raises(QuotaError, match=r"this host allows 0.001 GB for all runs, of which 0.001 GB are pinned"):
        requests.start(STRANGER, record, SMALL, ("tape",))
    assert len(record.newest()) == 2


def test_estimates_have_a_limit_that_counts_those_that_have_just_begun(record, monkeypatch):
    monkeypatch.setenv("VAE_LAB_MAX_ESTIMATES", "1")
    child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    monkeypatch.setattr(likelihood, "_children", [child])
    run = record.get(ended(record))
    try:
        with pytest.raises(QuotaError, match="one more estimate and 1 are being worked on"):
            requests.estimate(STRANGER, record, run, 10, 10)
    finally:
        child.communicate()
    assert likelihood.under_way(record) == 0
