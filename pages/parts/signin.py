"""Signing in as an owner: by the host's identity provider if it has one, else by a passphrase."""

import logging
from collections.abc import Mapping

import streamlit as st
from streamlit.errors import StreamlitAPIException

from pages.parts.pickers import plain
from vae import access, passphrase

logger = logging.getLogger(__name__)

# In the session alone: a passphrase that was right opens this page, and none that is opened later with its cookie.
SIGNED_IN, TYPED, ANSWER = "signed_in_as_owner", "typed_passphrase", "answer_to_passphrase"


def is_owner() -> bool:
    """Whether this page's visitor has signed in as an owner, where the lab has owners."""
    if access.mode() != access.OWNER:
        return False
    return access.is_owner(st.user.to_dict()) if _has_provider() else SIGNED_IN in st.session_state


def show(visitor_id: str) -> None:
    """Says what the lab's mode is, unless it is open, and draws what signing in and out takes."""
    if access.mode() == access.READ_ONLY:
        st.caption(":material/visibility: Read-only: look around, interpolate and draw.")
    if access.mode() != access.OWNER:
        return
    st.caption(":material/lock: Only owners train and change things here. Everybody may look around.")
    if _has_provider():
        _by_provider()
    elif passphrase.is_set():
        _by_passphrase(visitor_id)
    else:
        st.warning(
            "Nobody can sign in: VAE_LAB_MODE is owner, so its host must set VAE_LAB_PASSPHRASE, or \\[auth\\] in "
            "Streamlit's secrets and VAE_LAB_OWNERS."
        )


def _has_provider() -> bool:
    # Streamlit adds this where `[auth]` is in its secrets, and nowhere else.
    return "is_logged_in" in st.user


def _by_provider() -> None:
    if not access.owners():
        st.warning("Nobody can be an owner: VAE_LAB_OWNERS names no e-mail address.")
    if st.user.get("is_logged_in"):
        _signed_in()
        return
    auth = st.secrets["auth"]
    named = [name for name, part in auth.items() if isinstance(part, Mapping) and "client_id" in part]
    for name in [None, *named] if "client_id" in auth or not named else named:
        if st.button(f"Sign in with {plain(name)}" if name else "Sign in", icon=":material/login:"):
            try:
                st.login(name)
            except StreamlitAPIException:
                logger.exception("Signing in is not possible.")
                st.error("Signing in is not set up rightly; the server's log says what is missing.")


def _signed_in() -> None:
    address = plain(str(st.user.get("email", "somebody without an e-mail address")))
    if is_owner():
        st.caption(f"Signed in as {address}, an owner.")
    else:
        st.caption(f"Signed in as {address}, which is not the verified address of an owner here.")
    st.button("Sign out", icon=":material/logout:", on_click=st.logout)


def _by_passphrase(visitor_id: str) -> None:
    if reason := passphrase.fault():
        st.warning(reason)
        return
    if is_owner():
        st.button("Sign out", icon=":material/logout:", on_click=lambda: st.session_state.pop(SIGNED_IN, None))
        return
    with st.form("sign_in", border=False):
        st.text_input(
            "Owners' passphrase",
            type="password",
            autocomplete="current-password",
            max_chars=1000,
            key=TYPED,
            help="Opens training, renaming and deleting for this page, until you sign out, reload or close it.",
        )
        st.form_submit_button("Sign in", icon=":material/login:", on_click=_try, args=(visitor_id,))
    if answer := st.session_state.pop(ANSWER, None):
        st.error(answer)


def _try(visitor_id: str) -> None:
    given = st.session_state[TYPED]
    st.session_state[TYPED] = ""
    try:
        passphrase.check(visitor_id, given)
    except passphrase.PassphraseError as error:
        st.session_state[ANSWER] = str(error)
    else:
        st.session_state[SIGNED_IN] = True
