"""Runs as one file to keep or to send."""

from collections.abc import Sequence

from pages.parts import downloads
from vae.runs import Run, Store
from vae.snapshot import has_begun, snapshot


def button(record: Store, runs: Sequence[Run]) -> None:
    """Offers runs as a page that works from disk; it is made when somebody asks for it."""
    downloads.button(
        "Snapshot (HTML)",
        # Anew, because somebody may have trained on, renamed or deleted them since the button was drawn.
        lambda: snapshot(record, [record.get(run.id) for run in runs]),
        f"vae-{'-'.join(run.id[:8] for run in runs[:2])}.html",
        "text/html",
        icon=":material/photo_camera:",
        disabled=not all(has_begun(record, run) for run in runs),
        help="One file that works without this app and without a network, to keep or to send: curves, figures, "
        "reconstructions, and the latent map with a decoder that draws what you drag over.",
        key="snapshot",
    )
