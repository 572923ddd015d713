"""Sharing what is on the screen: the link to it, and a QR code for a classroom."""

from pathlib import Path

import streamlit as st
from streamlit.components.v2 import component

from vae import addresses

HERE = Path(__file__).parent
HTML = """<button type="button">
<svg viewBox="0 0 24 24" aria-hidden="true">
<path d="M9 15l6-6M10 6l2-2a5 5 0 0 1 7 7l-2 2M14 18l-2 2a5 5 0 0 1-7-7l2-2"/>
</svg>
<span aria-live="polite">Copy link</span>
</button>"""
_copy_link = component(
    "vae_lab_copy_link",
    html=HTML,
    css=(HERE / "button.css").read_text() + (HERE / "copy_link.css").read_text(),
    js=(HERE / "copy_link.js").read_text(),
)


def show() -> None:
    """Draws a button that copies the page's link, and a panel with its QR code."""
    page = st.context.url or ""
    local = addresses.is_loopback(page)
    heard = addresses.listens_for_others(st.get_option("server.address"))
    host = addresses.in_network() if local and heard else ""
    _copy_link(key="copy_link", data={"host": host})
    with st.popover("QR code", icon=":material/qr_code_2:", width="stretch", key="qr_code", on_change="rerun") as panel:
        if panel.open:
            _panel(addresses.link(page, {name: st.query_params.get_all(name) for name in st.query_params}, host))
    if local and not host:
        st.caption("The link works on this computer only; start with `--lan` to let others in your network see it.")


def _panel(link: str) -> None:
    code = addresses.qr_code(link)
    if code is None:
        st.caption("This address is too long for a QR code: copy the link instead.")
        return
    st.image(code.decode(), width=360, alt=f"QR code of {link}")
    st.caption("Point a camera at it: it opens the run and the view that you see.")
