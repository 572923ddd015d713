"""The frame around every page: title, navigation, the record."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st
from streamlit.elements.lib.mutable_expander_container import ExpanderContainer

from pages.parts import background, preload, share, signin, visitors
from pages.parts.guard import GuardedStore
from pages.parts.pickers import check_switch, refuse_infinity
from vae import __version__, logs, quotas
from vae.access import NotAllowedError
from vae.runs import Store, StoreError, open_store
from vae.runs.environment import commit

ICON = Path(__file__).parents[2] / "docs" / "icon.png"
PAGES = {
    "streamlit_app.py": ("Home", ":material/home:"),
    "pages/train.py": ("Train", ":material/play_circle:"),
    "pages/compare.py": ("Compare", ":material/compare_arrows:"),
    "pages/reconstructions.py": ("Reconstructions", ":material/grid_view:"),
    "pages/latent_space.py": ("Latent space", ":material/scatter_plot:"),
    "pages/runs.py": ("Runs", ":material/list:"),
}


def page(path: str, about: str) -> Store:
    """Draws what every page begins with, and returns the record.

    Args:
        path: the page's file, a key of `PAGES`.
        about: a sentence that says what the page is for; empty for none.
    """
    title, icon = PAGES[path]
    name = "VAE Lab" if title == "Home" else f"{title} · VAE Lab"
    st.set_page_config(page_title=name, page_icon=str(ICON), layout="wide")
    with st.sidebar:
        st.markdown("### VAE Lab")
        for other, (label, symbol) in PAGES.items():
            run = {"run": st.query_params["run"]} if "run" in st.query_params and other != "pages/runs.py" else None
            st.page_link(other, label=label, icon=symbol, query_params=run)
        share.show()
        account = st.container()
        st.caption(f"Version {__version__}, commit {commit()}" if commit() else f"Version {__version__}")
        preload.figures()
    if title != "Home":
        st.title(title)
    if about:
        st.caption(about)
    refuse_infinity(path)
    try:
        logs.set_up()
        record = open_store()
        # A quota that cannot be read is said before anything is started without it.
        quotas.read()
        with account:
            signin.show(visitors.me(record).id)
        background.start(record)
    except (StoreError, NotAllowedError) as error:
        st.error(str(error))
        st.stop()
    return GuardedStore(record)


def on_phone() -> bool:
    """Whether the browser says that it is a phone's."""
    return "Mobi" in st.context.headers.get("User-Agent", "")


def lazy(
    title: str, key: str, icon: str, asked: bool, on_change: Callable[[], None] | None = None
) -> ExpanderContainer:
    """A part that is to be drawn only while it is `open`: what is drawn costs a live page at each look.

    Args:
        title: what it is called.
        key: of its state.
        icon: beside the title.
        asked: whether it is open at first.
        on_change: called when it was opened or closed.
    """
    st.session_state.setdefault(key, asked)
    return st.expander(title, key=key, icon=icon, on_change=on_change or "rerun")


def section(title: str, key: str, about: str) -> bool:
    """A part of a page that is worked out only when it is opened; the URL says whether it is."""
    st.divider()
    st.subheader(title)
    check_switch(key)
    return st.toggle(about, key=key, bind="query-params")
