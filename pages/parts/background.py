"""The work that starts with the server and goes on beside its pages."""

import gc
import logging
import threading

import streamlit as st

from vae import logs, quotas
from vae.access import NotAllowedError
from vae.jobs.local import Dispatcher
from vae.runs import Store, StoreError, open_store


def start_with_server() -> None:
    """Starts the work; if it cannot, the log says why, and the first page that can starts it."""
    logs.set_up()
    try:
        # A quota that cannot be read is said before anything is started without it.
        quotas.read()
        start(open_store())
    except (StoreError, NotAllowedError) as error:
        logs.tell("dispatcher cannot work", logging.ERROR, reason=str(error))


@st.cache_resource(show_spinner=False, on_release=lambda dispatcher: dispatcher.close())
def start(_record: Store) -> Dispatcher:
    """Starts, once a server, the dispatcher and, in the background, what takes seconds."""
    threading.Thread(target=_get_ready, daemon=True).start()
    return Dispatcher(_record).start()


def _get_ready() -> None:
    import keras
    import plotly.graph_objects  # noqa: F401

    import vae.training  # noqa: F401
    from pages.parts import outlook

    # Streamlit calls it after every script run. It throws away every kernel that TensorFlow has made, 60 ms of work for
    # the next page, and the scopes of Keras that another visitor's page may be in. No page leaves anything in them.
    keras.backend.clear_session = lambda free_memory=True: None
    # Streamlit collects garbage twice after every script run. Among TensorFlow's objects, which stay anyway, that
    # took .4 s each time; frozen, they are left out.
    gc.collect()
    gc.freeze()
    outlook.read_ahead()
