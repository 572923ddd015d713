"""Who may change what: one setting of the host, `VAE_LAB_MODE`, and the visitor who asks."""

import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

OPEN, READ_ONLY, OWNER = MODES = ("open", "read-only", "owner")
KEY_FILE = "visitors.key"


class NotAllowedError(RuntimeError):
    """A visitor may not do this; the message is one sentence."""


class HostSettingError(NotAllowedError):
    """A setting of the host is not possible, so that nobody may change anything; the message is one sentence."""


@dataclass(frozen=True)
class Visitor:
    """Somebody who asks for something.

    Attributes:
        id: 32 hex digits that say nothing but that it is the same browser, see `visitor_id`.
        owner: whether they have signed in as an owner.
    """

    id: str
    owner: bool = False


# Whoever has a shell owns the machine. No browser has this id, because it is none.
TERMINAL = Visitor("terminal", owner=True)


def mode() -> str:
    """The mode that the host has chosen: one of `MODES`, open if it says nothing.

    Raises:
        HostSettingError: it is none of them.
    """
    chosen = os.environ.get("VAE_LAB_MODE") or OPEN
    if chosen not in MODES:
        raise HostSettingError(f"VAE_LAB_MODE = {chosen:.60} is not possible: it must be one of {', '.join(MODES)}.")
    return chosen


def refusal(visitor: Visitor) -> str:
    """Why a visitor may not change anything here, a sentence, or "" if they may.

    Raises:
        HostSettingError: `VAE_LAB_MODE` is none of the modes.
    """
    if visitor == TERMINAL:
        return ""
    if mode() == READ_ONLY:
        return "This lab is read-only: look around, interpolate and draw; nobody trains or changes anything here."
    if mode() == OWNER and not visitor.owner:
        return "Only the owners of this lab train and change things here; if you are one, sign in below the menu."
    return ""


def check(visitor: Visitor) -> None:
    """Lets a visitor pass who may change something.

    Raises:
        NotAllowedError: they may not.
    """
    if reason := refusal(visitor):
        raise NotAllowedError(reason)


def owners() -> frozenset[str]:
    """The owners' e-mail addresses, from `VAE_LAB_OWNERS`, in small letters."""
    listed = os.environ.get("VAE_LAB_OWNERS", "").split(",")
    return frozenset(address.strip().casefold() for address in listed if address.strip())


def is_owner(claims: Mapping[str, Any]) -> bool:
    """Whether an identity provider's claims are an owner's: signed in, with a verified e-mail address that is listed.

    Args:
        claims: `is_logged_in`, `email` and `email_verified` (OpenID Connect Core 1.0, section 5.1).
    """
    # Some providers write the boolean as text.
    verified = claims.get("email_verified") in (True, "true")
    address = str(claims.get("email") or "").strip().casefold()
    return claims.get("is_logged_in") is True and verified and address in owners()


def visitor_id(folder: Path, token: str) -> str:
    """The id of the visitor who brings `token`: a keyed digest of it, 32 hex digits.

    Without the key, which never leaves `folder`, nobody can tell the token from the id or try tokens out.

    Args:
        folder: of the record.
        token: something that a browser keeps.

    Raises:
        NotAllowedError: the key cannot be read or made.
    """
    return hmac.digest(_key(folder), token.encode(), "sha256")[:16].hex()


@lru_cache(maxsize=4)
def _key(folder: Path) -> bytes:
    file = folder / KEY_FILE
    try:
        # Two servers may start at once: each writes a key of its own, and the first to link it wins.
        fresh = folder / f".{KEY_FILE}.{secrets.token_hex(4)}"
        if not file.exists():
            with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
                stream.write(secrets.token_bytes(32))
                stream.flush()
                os.fsync(stream.fileno())
            with suppress(FileExistsError):
                os.link(fresh, file)
            fresh.unlink()
        return hashlib.sha256(file.read_bytes()).digest()
    except OSError as error:
        raise NotAllowedError(f"The key {file} cannot be read or made: {error.strerror}.") from None
