"""The record as pages use it: where the database fails, the page says so in a sentence and ends."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from vae.runs import DatabaseError, Store


class GuardedStore(Store):
    """A record whose database may fail at any moment, also long after it was opened."""

    def __init__(self, record: Store):
        """Args: record: an open record, which is shared and not changed."""
        vars(self).update(vars(record))

    @contextmanager
    def begin(self) -> Iterator[sa.Connection]:
        """A transaction; if the database cannot be used, this part of the page ends with the reason."""
        try:
            with super().begin() as connection:
                yield connection
        except DatabaseError as error:
            if get_script_run_ctx(suppress_warning=True) is None:  # a download, which has no page to write on
                raise
            st.error(str(error))
            st.stop()
