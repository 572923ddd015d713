"""Runs as one file to keep or to send."""

import html
from collections.abc import Sequence

import streamlit as st

from vae.data import DataError
from vae.runs import Run, Store, StoreError
from vae.runs.weights import WeightsError
from vae.snapshot import SnapshotError, has_begun, snapshot


def button(record: Store, runs: Sequence[Run]) -> None:
    """Offers runs as a page that works from disk; it is made when somebody asks for it."""
    st.download_button(
        "Snapshot (HTML)",
        lambda: page(record, runs),
        file_name=f"vae-{'-'.join(run.id[:8] for run in runs[:2])}.html",
        mime="text/html",
        on_click="ignore",
        icon=":material/photo_camera:",
        disabled=not all(has_begun(record, run) for run in runs),
        help="One file that works without this app and without a network, to keep or to send: curves, figures, "
        "reconstructions, and the latent map with a decoder that draws what you drag over.",
        key="snapshot",
    )


def page(record: Store, runs: Sequence[Run]) -> bytes:
    """The file: a page of the runs, or one that says in a sentence why there is none."""
    try:
        # Anew, because somebody may have trained on, renamed or deleted them since the button was drawn.
        return snapshot(record, [record.get(run.id) for run in runs])
    except (SnapshotError, StoreError, WeightsError, DataError) as error:
        # The browser has already been promised a file: it says why there is nothing else in it.
        return f'<!doctype html><html lang="en"><meta charset="utf-8"><p>{html.escape(str(error))}</p>'.encode()
