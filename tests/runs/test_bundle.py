"""A run as one file: what comes back is what went in, and what a stranger made is refused in one sentence."""

import hashlib
import io
import json
import shutil
import time
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import SMALL, new_record
from vae.loops import LOOPS
from vae.runs import archive, likelihoods, weights
from vae.runs.archive import BundleError
from vae.runs.bundle import KnownRunError, export_bundle, import_bundle
from vae.runs.run import new_id

KEPT = ("loop", "race", "config", "state", "step", "environment", "result", "created", "started", "ended")


@pytest.fixture(scope="module")
def bundle(trained):
    """The bytes of a bundle."""
    return export_bundle(trained[0], trained[1][0].id)


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """The record of another computer, into which nothing is ever taken."""
    return new_record(tmp_path_factory.mktemp("elsewhere"))


def take(store, content):
    """Imports a bundle's bytes."""
    return import_bundle(store, io.BytesIO(content), LOOPS)


def changed(bundle, edit=lambda document: None, **members):
    """The bundle with an edited document and other members, all checksums put right."""
    with zipfile.ZipFile(io.BytesIO(bundle)) as opened:
        found = {name: opened.read(name) for name in opened.namelist()} | members
    document = json.loads(found.pop("bundle.json"))
    document["members"] = {name: hashlib.sha256(member).hexdigest() for name, member in found.items()}
    edit(document)
    return archive.pack({"bundle.json": json.dumps(document).encode(), **found})


def with_metrics(bundle, **columns):
    """The bundle with other columns of metrics."""
    with zipfile.ZipFile(io.BytesIO(bundle)) as opened, np.load(io.BytesIO(opened.read("metrics.npz"))) as arrays:
        return changed(bundle, **{"metrics.npz": archive.pack_arrays({**arrays, **columns})})


def files(store):
    """All that is in a record's folder but the database, and its runs."""
    found = {file for file in store.folder.rglob("*") if "sqlite" not in file.name and file.suffix != ".lock"}
    return found, store.newest()


def test_a_run_comes_back_as_it_went(trained, bundle, tmp_path):
    (record, (run, _)), other = trained, new_record(tmp_path)
    assert take(other, bundle) == run.id
    back = other.get(run.id)
    assert back.name == run.name
    assert [getattr(back, name) for name in KEPT] == [getattr(run, name) for name in KEPT]
    for theirs, ours in zip(other.metrics(run.id), record.metrics(run.id), strict=True):
        np.testing.assert_array_equal(theirs, ours)
    assert other.validations(run.id) == record.validations(run.id)
    assert weights.steps(other.weights_folder(run.id)) == [20]


def test_its_model_is_loaded_to_the_last_bit(trained, bundle, tmp_path):
    from vae.training import load_model

    (record, (run, _)), other = trained, new_record(tmp_path)
    take(other, bundle)
    pairs = zip(
        load_model(record, run, 20).get_weights(), load_model(other, other.get(run.id), 20).get_weights(), strict=True
    )
    for a, b in pairs:
        np.testing.assert_array_equal(a, b)


def test_the_weights_of_every_epoch_come_on_wish(trained, tmp_path):
    record, (run, _) = trained
    other = new_record(tmp_path)
    take(other, export_bundle(record, run.id, every_epoch=True))
    assert weights.steps(other.weights_folder(run.id)) == [0, 10, 20]


def test_an_estimate_of_the_likelihood_comes_with_it(bundle, tmp_path):
    there, here = new_record(tmp_path / "there"), new_record(tmp_path / "here")

    def edit(document):
        document["run"]["config"]["likelihood"] = "bernoulli"
        document["run"]["result"]["bound"] = 123.0

    run_id = take(there, changed(bundle, edit))
    key = (run_id, 20, 5, 100)
    likelihoods.begin(there, key, 1, 1.0, lambda estimate: False)
    likelihoods.update(there, key, done=40, total=-8000.0, squares=1_600_100.0)
    take(here, export_bundle(there, run_id))
    found = likelihoods.find(here, *key)
    assert (found.state, found.done, found.nll) == ("stopped", 40, 200.0)
    assert here.get(run_id).result["bound"] == 123.0


def test_what_is_here_already_is_said(trained, bundle):
    record, (run, _) = trained
    with pytest.raises(KnownRunError, match=f"This run is here already: {run.id}.") as error:
        take(record, bundle)
    assert error.value.run_id == run.id


def test_a_run_whose_id_is_taken_gets_a_new_one_and_is_known_again(trained, bundle, tmp_path):
    (record, (_, fit)), other = trained, new_record(tmp_path)
    take(other, export_bundle(record, fit.id))
    taken = changed(bundle, lambda document: document["run"].update(id=fit.id))
    run_id = take(other, taken)
    assert run_id != fit.id
    assert (other.get(fit.id).loop, other.get(run_id).loop) == ("fit", "tape")
    with pytest.raises(KnownRunError, match=run_id):
        take(other, taken)


def test_a_run_that_was_renamed_or_deleted_here(bundle, trained, tmp_path):
    other = new_record(tmp_path)
    run_id = take(other, bundle)
    other.rename(run_id, "Another name")
    with pytest.raises(KnownRunError):
        take(other, bundle)
    other.delete(run_id)
    assert take(other, bundle) == run_id


def test_a_run_that_trains_cannot_be_bundled(record):
    with pytest.raises(BundleError, match="still waits or trains"):
        export_bundle(record, record.create(SMALL, "tape"))


def test_a_run_that_was_never_trained_cannot_be_bundled(record):
    run_id = record.create(SMALL, "tape")
    record.ask_stop(run_id)
    with pytest.raises(BundleError, match="was not trained"):
        export_bundle(record, run_id)


def test_a_run_that_failed_is_taken_as_stopped(trained, tmp_path):
    shutil.copytree(trained[0].folder, tmp_path / "copy")
    copy, other = new_record(tmp_path / "copy"), new_record(tmp_path / "other")
    run_id = copy.newest()[0].id
    copy._update(run_id, ("finished",), state="failed", error="The loss stopped being a number.")
    take(other, export_bundle(copy, run_id))
    assert other.get(run_id).state == "stopped"


def test_a_name_is_cleaned(bundle, tmp_path):
    other = new_record(tmp_path)
    run_id = take(other, changed(bundle, lambda document: document["run"].update(name="a\n\x1b[31m\u202eb ")))
    assert other.get(run_id).name == "a [31m b"


def nothing_is_taken(store, content, sentence):
    before = files(store)
    began = time.perf_counter()
    with pytest.raises(BundleError, match=sentence) as error:
        take(store, content)
    assert time.perf_counter() - began < 2
    assert "\n" not in str(error.value) and str(error.value).endswith(".") and len(str(error.value)) < 300
    assert files(store) == before


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        (("version",), 2, "version 2 and this program reads version 1"),
        (("format",), "other", "no bundle of VAE Lab"),
        (("stranger",), 1, "stranger in the bundle is not possible"),
        (("run", "state"), "running", "run.state in the bundle is not possible"),
        (("run", "id"), "../../etc", "run.id"),
        (("run", "loop"), "os_system", "There is no loop os_system here"),
        (("run", "step"), "20", "run.step"),
        (("run", "step"), 10**9, "its step does not fit its state"),
        (("run", "step"), -1, "run.step"),
        (("run", "visitor"), "x", "run.visitor"),
        (("run", "created"), 1e300, "run.created"),
        (("run", "name"), "x" * 81, "run.name"),
        (("run", "config", "epochs"), 501, "run.config.epochs"),
        (("run", "config", "epochs"), 3, "its step does not fit its state"),
        (("run", "config", "latent_dim"), 5, "its latent units are not those"),
        (("run", "config", "intermediate_dim"), 65, "larger than it can be|shapes"),
        (("run", "config", "more_layers"), "64", "does not hold what its settings ask for"),
        (("run", "config", "batch_size"), 63, "its step does not fit its state"),
        (("run", "config", "images"), 639, "are not those of its settings"),
        (("run", "config", "extra"), 1, "run.config.extra"),
        (("run", "result", "verdict"), "[click](http://x)", "run.result.verdict"),
        (("run", "result", "units"), 5, "its latent units are not those"),
        (("run", "environment"), {"cpu": 7}, "run.environment.cpu"),
        (("weights",), [], "weights"),
        (("weights",), [20, 20], "in no order"),
        (("weights",), [10, 21], "later than its last step"),
        (("weights",), [10], "its members are not those"),
        (("validations", 0, "kl"), [0.0], "its latent units are not those"),
        (("validations", 0, "step"), 10**6, "its validations are in no order"),
        (("likelihoods",), [{}], "likelihoods.0"),
        (("members", "../x"), "0" * 64, "its members are not those"),
        (("members", "metrics.npz"), "0" * 64, "checksum"),
    ],
)  # fmt: skip
def test_a_document_that_is_not_possible_is_one_sentence(bundle, elsewhere, path, value, sentence):
    def edit(document):
        for part in path[:-1]:
            document = document[part]
        document[path[-1]] = value

    nothing_is_taken(elsewhere, changed(bundle, edit), sentence)


def test_a_squared_error_brings_no_likelihood(bundle, elsewhere):
    estimate = {"step": 20, "samples": 1, "images": 1, "done": 1, "total": 0.0, "squares": 0.0, "created": 1e9}
    content = changed(bundle, lambda document: document.update(likelihoods=[estimate]))
    nothing_is_taken(elsewhere, content, "a squared error has no likelihood")


@pytest.mark.parametrize(
    ("column", "values", "sentence"),
    [
        ("loss", np.full(20, np.nan), "are no numbers"),
        ("kl", np.full(20, -np.inf), "are no numbers"),
        ("step", -np.arange(20), "not those of its settings"),
        ("epoch", np.zeros(20, int), "not those of its settings"),
        ("batch_size", np.full(20, 63), "not those of its settings"),
        ("seconds", np.arange(20.0)[::-1], "run backwards"),
        ("seconds", np.arange(20.0) - 1, "run backwards"),
        ("loss", np.zeros(20, np.float32), "shapes"),
        ("loss", np.zeros((20, 1)), "shapes"),
        ("loss", np.zeros(19), "shapes"),
        ("stranger", np.zeros(20), "does not hold what"),
    ],
)
def test_metrics_that_are_not_possible_are_one_sentence(bundle, elsewhere, column, values, sentence):
    nothing_is_taken(elsewhere, with_metrics(bundle, **{column: values}), sentence)


def archived(write):
    """An archive that `write(archive)` fills."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as opened:
        write(opened)
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is damaged, or it is no bundle"),
        (b"GIF89a" * 100, "no bundle of VAE Lab"),
        (archived(lambda opened: opened.writestr("x", "y")), "has no bundle.json"),
        (archived(lambda opened: opened.writestr("bundle.json", "[" * 100_000)), "damaged"),
        (archived(lambda opened: opened.writestr("bundle.json", b"\xff\xfe")), "damaged"),
        (archived(lambda opened: opened.writestr("bundle.json", "null")), "no bundle of VAE Lab"),
        (archived(lambda opened: opened.writestr("bundle.json", "0" * (17 << 20))), "larger than it can be"),
        (archived(lambda opened: [opened.writestr(f"{n:030}", "") for n in range(5000)]), "no bundle of VAE Lab"),
        (archived(lambda opened: opened.writestr("bundle.json", "0" * 9**7, zipfile.ZIP_DEFLATED)), "does not write"),
    ],
    ids=["empty", "picture", "another", "deep", "binary", "null", "huge", "many", "compressed"],
)  # fmt: skip
def test_what_is_no_bundle_is_one_sentence(elsewhere, content, sentence):
    nothing_is_taken(elsewhere, content, sentence)


def test_a_member_twice_is_refused(bundle, elsewhere):
    content = io.BytesIO(bundle)
    with pytest.warns(UserWarning), zipfile.ZipFile(content, "a") as opened:
        opened.writestr("metrics.npz", b"other")
    nothing_is_taken(elsewhere, content.getvalue(), "does not write")


def test_a_member_more_is_refused(bundle, elsewhere):
    content = io.BytesIO(bundle)
    with zipfile.ZipFile(content, "a") as opened:
        opened.writestr("../../evil", b"")
    nothing_is_taken(elsewhere, content.getvalue(), "other members than it says")


def test_a_header_that_claims_terabytes_is_refused(bundle, elsewhere):
    header = io.BytesIO()
    shape = {"descr": "<f8", "fortran_order": False, "shape": (10**12,)}
    np.lib.format.write_array_header_1_0(header, shape)
    names = ("step", "epoch", "batch_size", "loss", "reconstruction", "kl", "seconds")
    metrics = archive.pack({f"{name}.npy": header.getvalue() for name in names})
    nothing_is_taken(elsewhere, changed(bundle, **{"metrics.npz": metrics}), "shapes that its settings ask for")


def test_pickled_objects_are_never_read(bundle, elsewhere):
    content = io.BytesIO()
    names = ("step", "epoch", "batch_size", "loss", "reconstruction", "kl", "seconds")
    np.savez(content, allow_pickle=True, **{name: np.array([{"evil": 1}] * 20, object) for name in names})
    nothing_is_taken(elsewhere, changed(bundle, **{"metrics.npz": content.getvalue()}), "shapes")


def test_weights_that_are_no_numbers_are_refused(bundle, elsewhere):
    with zipfile.ZipFile(io.BytesIO(bundle)) as opened:
        content = bytearray(opened.read("step-000000020.npz"))
    with np.load(io.BytesIO(bytes(content))) as arrays:
        broken = {
            name: np.full_like(array, np.nan) if array.dtype.kind == "f" else array for name, array in arrays.items()
        }
    member = archive.pack_arrays(broken)
    nothing_is_taken(elsewhere, changed(bundle, **{"step-000000020.npz": member}), "are no numbers")


def test_a_full_disk_leaves_nothing(bundle, tmp_path, monkeypatch):
    other = new_record(tmp_path)

    def full_disk(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("vae.runs.bundle.os.rename", full_disk)
    nothing_is_taken(other, bundle, "could not be taken: No space left on device")


@settings(max_examples=max(300, settings.default.max_examples // 5))
@given(data=st.data())
def test_whatever_happens_to_its_bytes_it_is_refused_or_the_same(trained, bundle, elsewhere, data):
    content = bytearray(bundle)
    kind = data.draw(st.sampled_from(["truncated", "flipped", "overwritten", "cut", "grown"]))
    place = data.draw(st.integers(0, len(content) - 1) | st.integers(len(content) - 400, len(content) - 1))
    if kind == "truncated":
        del content[place:]
    elif kind == "flipped":
        content[place] ^= 1 << data.draw(st.integers(0, 7))
    elif kind == "overwritten":
        some = data.draw(st.binary(min_size=1, max_size=64))
        content[place : place + len(some)] = some
    elif kind == "cut":
        del content[place : place + data.draw(st.integers(1, 4096))]
    else:
        content[place:place] = data.draw(st.binary(min_size=1, max_size=4096))
    before = files(elsewhere)
    try:
        run_id = take(elsewhere, bytes(content))
    except BundleError as error:
        assert "\n" not in str(error)
        assert files(elsewhere) == before
    else:  # what was hit means nothing, such as a member's date
        assert elsewhere.get(run_id).config == trained[1][0].config
        elsewhere.delete(run_id)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=max(300, settings.default.max_examples // 5))
@given(data=st.data())
def test_whatever_stands_in_its_document_it_is_refused_or_valid(bundle, elsewhere, data):
    def edit(document):
        place = document
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            key = data.draw(st.sampled_from(keys)) if keys else None
            if key is None or not isinstance(place[key], (dict, list)) or not place[key] or data.draw(st.booleans()):
                break
            place = place[key]
        if key is None:
            return
        if isinstance(place, dict) and data.draw(st.booleans()):
            place[data.draw(st.text(max_size=10))] = data.draw(json_values)
        else:
            place[key] = data.draw(json_values)

    before = files(elsewhere)
    try:
        run_id = take(elsewhere, changed(bundle, edit))
    except BundleError as error:
        assert "\n" not in str(error)
        assert files(elsewhere) == before
    else:
        assert elsewhere.get(run_id).state in ("finished", "stopped")
        elsewhere.delete(run_id)


def test_its_id_never_leads_out_of_the_record(bundle, elsewhere):
    content = changed(bundle, lambda document: document["run"].update(race=new_id().upper()))
    nothing_is_taken(elsewhere, content, "run.race")
