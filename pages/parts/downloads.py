"""Files that are made at the click; where one cannot be made, the visitor reads why."""

import threading
from collections.abc import Callable
from typing import Any

import streamlit as st

from pages.parts.pickers import plain
from vae.data import DataError
from vae.exports.files import ExportError
from vae.runs import StoreError
from vae.runs.archive import BundleError
from vae.runs.weights import WeightsError
from vae.snapshot import SnapshotError

# Beyond it only Streamlit's own words stand at the button.
PATIENCE_SECONDS = 60.0


@st.fragment
def button(label: str, make: Callable[[], bytes], file_name: str, mime: str, **options: Any) -> None:
    """A button that makes a file and downloads it.

    Args:
        label: of the button.
        make: makes the file's bytes, in another thread than the page's.
        file_name: what it is called at the visitor's.
        mime: its media type.
        options: what else `st.download_button` takes.
    """
    making = Making(make)
    st.download_button(
        label, making, file_name, mime, on_click=making.tell, icon=options.pop("icon", ":material/download:"), **options
    )


class Making:
    """One file. Streamlit calls it where it can write no page, so that the click's callback waits and tells."""

    def __init__(self, make: Callable[[], bytes]):
        """Args: make: makes the file's bytes."""
        self.make, self.over, self.reason = make, threading.Event(), ""

    def __call__(self) -> bytes:
        """The file's bytes."""
        self.reason = ""
        try:
            return self.make()
        except (StoreError, WeightsError, BundleError, ExportError, DataError, SnapshotError) as error:
            self.reason = str(error)
            raise
        except OSError as error:
            self.reason = f"The file cannot be made: {error.strerror}."
            raise
        except Exception:
            # Streamlit logs it.
            self.reason = "The file cannot be made; the server's log says why."
            raise
        finally:
            self.over.set()

    def tell(self) -> None:
        """Waits until the file is there or cannot be made, and says why it cannot."""
        if self.over.wait(PATIENCE_SECONDS) and self.reason:
            st.toast(plain(self.reason), icon=":material/block:", duration="long")
        self.over.clear()
