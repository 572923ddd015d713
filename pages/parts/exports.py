"""Taking a run away as a file, and bringing one in."""

from functools import partial

import streamlit as st

from pages.parts import visitors
from pages.parts.downloads import button
from pages.parts.pickers import plain
from vae import requests
from vae.access import NotAllowedError
from vae.exports import code, files
from vae.runs import Run, Store, StoreError
from vae.runs.archive import BundleError
from vae.runs.bundle import KnownRunError
from vae.runs.weights import WeightsError

# Streamlit's own limit for a file, see `.streamlit/config.toml`.
MAX_UPLOAD = 64
UPLOAD, OUTCOME = "bundle_file", "bundle_outcome"


def downloads(record: Store, run: Run) -> None:
    """A menu of the files that the run can be taken away as; each is made when it is chosen."""
    with st.popover("Download", icon=":material/download:", help="The run as a file: bundle, code, curves or weights."):
        for key in files.FORMATS:
            _download(record, run, key)


def as_code(record: Store, run: Run) -> None:
    """The run's training as plain Keras code, to read and to take away."""
    with st.expander("As code", icon=":material/code:"):
        if reason := code.why_not(run.config):
            st.caption(reason)
            return
        st.caption(
            "The same training as a plain Keras script that needs nothing of VAE Lab. Run it, and it prints the losses "
            "of this run."
        )
        with st.container(horizontal=True):
            for key in ("script", "notebook"):
                _download(record, run, key, width="content")
        st.code(code.script(run.config, run.loop), language="python", height=420)


def _download(record: Store, run: Run, key: str, width: str = "stretch") -> None:
    kind = files.FORMATS[key]
    reason = files.why_not(record, run, kind)
    button(
        kind.title,
        partial(files.content, record, run.id, kind),
        f"{run.loop}-{run.id[:8]}{kind.ending}",
        kind.mime,
        key=f"download_{key}_{run.id}",
        disabled=reason is not None,
        help=reason or kind.help,
        width=width,
    )


def bring_in(record: Store) -> None:
    """The choice of a bundle, and what became of the one that was imported."""
    with st.expander("Import a bundle", icon=":material/upload:", expanded=OUTCOME in st.session_state):
        file = st.file_uploader(
            "Bundle",
            type="zip",
            key=UPLOAD,
            max_upload_size=MAX_UPLOAD,
            on_change=lambda: st.session_state.pop(OUTCOME, None),
            help="A run that somebody took away with Download, Bundle. It is checked before anything is kept.",
        )
        st.button(
            "Import",
            icon=":material/upload:",
            on_click=_import,
            args=(record,),
            **visitors.guard(record, "Adds the run with its curves and weights to the list.", disabled=file is None),
        )
        # The import itself is a callback, so that the list above it has the new run.
        run_id, sentence = st.session_state.get(OUTCOME, (None, None))
        if sentence:
            (st.success if run_id else st.warning)(plain(sentence))
        if run_id:
            st.page_link("pages/train.py", label="Open it", icon=":material/search:", query_params={"run": run_id})


def _import(record: Store) -> None:
    file = st.session_state[UPLOAD]
    if file is None:
        return
    try:
        run_id = requests.bring_in(visitors.me(record), record, file.getvalue())
        st.session_state[OUTCOME] = run_id, "The run is imported."
    except KnownRunError as error:
        st.session_state[OUTCOME] = error.run_id, str(error)
    except (BundleError, WeightsError, StoreError, NotAllowedError) as error:
        st.session_state[OUTCOME] = None, str(error)
