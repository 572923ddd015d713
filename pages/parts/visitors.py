"""Who looks at the page, and what they ask for: changes go through `do`, and controls say why they are disabled."""

from collections.abc import Callable, Sequence
from typing import Any, Concatenate, ParamSpec, TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.parts import signin
from pages.parts.pickers import plain
from vae import requests
from vae.access import NotAllowedError, Visitor, refusal, visitor_id
from vae.config import RunConfig
from vae.own_data import DataError
from vae.runs import Store, StoreError

# Streamlit gives every browser one against forged requests, and it outlives reloads.
COOKIE = "_streamlit_xsrf"
P = ParamSpec("P")
T = TypeVar("T")


def me(record: Store) -> Visitor:
    """The visitor of this page.

    Raises:
        NotAllowedError: they cannot be told from others, or a setting of the host is not possible.
    """
    context = get_script_run_ctx()
    token = _unmasked(st.context.cookies.get(COOKIE, "")) or f"session {context.session_id if context else ''}"
    return Visitor(visitor_id(record.folder, token), signin.is_owner())


def do(act: Callable[Concatenate[Visitor, Store, P], T], record: Store, *args: P.args, **kwargs: P.kwargs) -> T | None:
    """Asks for a change by a function of `vae.requests`; a refusal is said in a sentence, and None is returned."""
    try:
        return act(me(record), record, *args, **kwargs)
    except (NotAllowedError, StoreError, DataError) as error:
        st.toast(plain(str(error)), icon=":material/block:", duration="long")
        return None


def guard(record: Store, help: str, why_not: str = "", disabled: bool = False) -> dict[str, Any]:
    """The arguments of a control that changes something: disabled with the reason as its help, or with its own help.

    Args:
        record: the record.
        help: what the control does.
        why_not: why it cannot be used, beside what the visitor may.
        disabled: whether it is of no use just now, which `help` says.
    """
    reason = refusal(me(record)) or why_not
    return {"help": reason or help, "disabled": bool(reason) or disabled}


def start_button(
    label: str,
    record: Store,
    configs: Sequence[RunConfig],
    icon: str,
    help: str | None = None,
    why_not: str = "",
    primary: bool = True,
) -> bool:
    """A button that starts trainings, or says below why they cannot be started; returns whether it was pressed.

    Args:
        label: of the button.
        record: the record.
        configs: the settings of each training.
        icon: before the label.
        help: what it does.
        why_not: what else keeps them from being started.
        primary: whether it is the page's main button.
    """
    reason = why_not or requests.why_not_start(me(record), record, *configs)
    pressed = st.button(
        label,
        type="primary" if primary else "secondary",
        icon=icon,
        disabled=bool(reason),
        help=reason or help,
    )
    if reason:
        st.caption(f":material/block: {reason}")
    return pressed


def _unmasked(cookie: str) -> str:
    """The token in Streamlit's cookie "2|mask|masked token|time": it stays, while each load has a new mask."""
    try:
        _, mask, masked, _ = cookie.strip("\"'").split("|")
        key = bytes.fromhex(mask)
        return bytes(byte ^ key[place % len(key)] for place, byte in enumerate(bytes.fromhex(masked))).hex()
    except (ValueError, ZeroDivisionError):
        return ""
