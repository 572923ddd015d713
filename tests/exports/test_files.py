"""The kinds of files that a run is taken away as."""

import io
import zipfile

import numpy as np
import pandas as pd
import pytest

from tests.conftest import SMALL
from vae.exports.files import FORMATS, ExportError, export_run, format_of, import_run, why_not
from vae.runs import Metrics


@pytest.fixture
def run(trained):
    """A finished run."""
    return trained[1][0]


def test_the_csv_has_every_step_and_nothing_but_numbers(trained, run):
    trained_record = trained[0]
    lines = FORMATS["csv"].content(trained_record, run).decode().splitlines()
    assert lines[0] == "step,epoch,batch_size,loss,reconstruction,kl,seconds" and len(lines) == 21
    for line in lines[1:]:
        assert all(np.isfinite(float(value)) for value in line.split(","))


def test_the_parquet_has_every_step_to_the_last_bit(trained, run):
    table = pd.read_parquet(io.BytesIO(FORMATS["parquet"].content(trained[0], run)))
    assert tuple(table.columns) == Metrics._fields
    for name, column in trained[0].metrics(run.id)._asdict().items():
        np.testing.assert_array_equal(table[name].to_numpy(), column)


def test_tensorboard_reads_the_curves_back(trained, run, tmp_path):
    import tensorflow as tf

    record = trained[0]
    with zipfile.ZipFile(io.BytesIO(FORMATS["tensorboard"].content(record, run))) as archive:
        archive.extractall(tmp_path)
    (file,) = tmp_path.glob("*/events.out.tfevents.*")
    first, *events = tf.compat.v1.train.summary_iterator(str(file))
    assert first.file_version == "brain.Event:2"
    points = {}
    for event in events:
        for value in event.summary.value:
            points.setdefault(value.tag, []).append((event.step, event.wall_time, value.simple_value))
    metrics = record.metrics(run.id)
    for term in ("loss", "reconstruction", "kl"):
        steps, times, values = zip(*points[f"train/{term}"], strict=True)
        assert list(steps) == metrics.step.tolist()
        np.testing.assert_allclose(values, getattr(metrics, term), rtol=1e-6)
        np.testing.assert_allclose(np.array(times) - run.started, metrics.seconds, atol=1e-4)
    tested = record.validations(run.id)
    assert [point[0] for point in points["test/error"]] == [found.step for found in tested]
    assert points["test/active_units"][-1][2] == tested[-1].active_units


def test_the_weights_are_the_newest(trained, run):
    content = FORMATS["weights"].content(trained[0], run)
    with np.load(io.BytesIO(content)) as arrays:
        assert arrays["vae|encoder|dense_mean|kernel"].shape == (64, 4)


@pytest.mark.parametrize("kind", FORMATS)
def test_every_kind_is_written_by_its_ending(trained, run, kind, tmp_path):
    file = tmp_path / f"run{FORMATS[kind].ending}"
    assert format_of(file) is FORMATS[kind]
    export_run(trained[0], run, file)
    assert file.stat().st_size > 100 and list(tmp_path.iterdir()) == [file]


def test_what_was_written_as_a_bundle_is_imported(trained, run, record, tmp_path):
    export_run(trained[0], run, tmp_path / "run.zip")
    assert import_run(record, tmp_path / "run.zip") == run.id


@pytest.mark.parametrize("name", ["run", "run.txt", "run.zip.bak"])
def test_an_unknown_ending_is_one_sentence(name, tmp_path):
    with pytest.raises(ExportError, match=r"its ending must be one of \.zip, \.all\.zip, \.py,"):
        format_of(tmp_path / name)


def test_a_file_that_cannot_be_written_is_one_sentence(trained, run, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ExportError, match=r"run\.csv cannot be written \(Not a directory\)\."):
        export_run(trained[0], run, tmp_path / "file" / "run.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(ExportError, match=r"folder\.csv cannot be written \(Is a directory\)\."):
        export_run(trained[0], run, tmp_path / "folder.csv")
    assert not list(tmp_path.glob(".*"))


def test_a_run_without_steps_is_code_and_nothing_else(record):
    waiting = record.get(record.create(SMALL, "tape"))
    possible = {key for key, kind in FORMATS.items() if why_not(record, waiting, kind) is None}
    assert possible == {"script", "notebook"}
