"""A run's curves as an event file of TensorBoard."""

import tempfile
from pathlib import Path

import tensorflow as tf

from vae.runs import Metrics, Run, Validation
from vae.runs.archive import pack

TERMS = ("loss", "reconstruction", "kl")
VERSION = "brain.Event:2"


def event_archive(run: Run, metrics: Metrics, validations: list[Validation]) -> bytes:
    """A zip with one folder, which `tensorboard --logdir` reads; each point has the time when it was computed.

    Args:
        run: whose curves they are; its name is not part of the file.
        metrics: of every step: loss, reconstruction and KL term.
        validations: its figures on test images.
    """
    begin = run.started or run.created
    seconds = dict(zip((metrics.step + 1).tolist(), metrics.seconds.tolist(), strict=True)) | {0: 0.0}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"events.out.tfevents.{int(begin)}.vae-lab"
        # Not `tf.summary`, which writes the time of the export instead, and takes ten times as long.
        with tf.io.TFRecordWriter(str(file)) as writer:
            writer.write(tf.compat.v1.Event(wall_time=begin, file_version=VERSION).SerializeToString())
            for row in zip(*(column.tolist() for column in metrics), strict=True):
                at = Metrics(*row)
                points = {f"train/{term}": getattr(at, term) for term in TERMS}
                writer.write(_event(begin + float(at.seconds), int(at.step), points))
            for found in validations:
                points = {
                    "test/error": found.error,
                    "test/kl": found.total_kl,
                    "test/active_units": float(found.active_units),
                }
                if found.reconstruction_variance is not None:
                    points["test/reconstruction_variance"] = found.reconstruction_variance
                writer.write(_event(begin + seconds.get(found.step, 0.0), found.step, points))
        return pack({f"{run.loop}-{run.id[:8]}/{file.name}": file.read_bytes()})


def _event(wall_time: float, step: int, points: dict[str, float]) -> bytes:
    values = [tf.compat.v1.Summary.Value(tag=tag, simple_value=value) for tag, value in points.items()]
    event = tf.compat.v1.Event(wall_time=wall_time, step=step, summary=tf.compat.v1.Summary(value=values))
    return event.SerializeToString()
