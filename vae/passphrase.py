"""The owners' passphrase, for a lab without an identity provider: compared in constant time, and tried seldom."""

import hashlib
import hmac
import os
import threading
import time
from collections import deque
from collections.abc import Callable

LEAST_LENGTH = 12
WINDOW_SECONDS = 60.0
# Of one visitor and of all: who throws their cookies away is a new visitor each time.
TRIES, TRIES_IN_ALL = 5, 30


class PassphraseError(RuntimeError):
    """A passphrase that does not open the lab; the message is one sentence."""


class Tries:
    """When passphrases were tried within the last minute. Safe to use from several threads."""

    def __init__(self, now: Callable[[], float] = time.monotonic):
        """Args: now: a clock in seconds that never steps back."""
        self.now = now
        self.lock = threading.Lock()
        self.made: deque[tuple[float, str]] = deque()

    def admit(self, visitor_id: str) -> None:
        """Takes down one more try.

        Raises:
            PassphraseError: there were too many; this one is not counted.
        """
        with self.lock:
            now = self.now()
            while self.made and now - self.made[0][0] >= WINDOW_SECONDS:
                self.made.popleft()
            own = [moment for moment, visitor in self.made if visitor == visitor_id]
            for moments, most, whose in (
                (own, TRIES, "from you"),
                ([moment for moment, _ in self.made], TRIES_IN_ALL, "in all"),
            ):
                if len(moments) >= most:
                    wait = max(1, round(WINDOW_SECONDS - (now - moments[-most])))
                    raise PassphraseError(
                        f"Too many tries: this lab takes {most} a minute {whose}; wait {wait} seconds and try again."
                    )
            self.made.append((now, visitor_id))


# Of this server; what a page remembers is its visitor's to throw away.
_tries = Tries()


def is_set() -> bool:
    """Whether the host has set a passphrase, be it good or not."""
    return bool(os.environ.get("VAE_LAB_PASSPHRASE"))


def fault() -> str:
    """What is wrong with the host's passphrase, a sentence that does not tell it, or "" if nothing is."""
    if len(os.environ.get("VAE_LAB_PASSPHRASE", "")) >= LEAST_LENGTH:
        return ""
    return f"VAE_LAB_PASSPHRASE is too short to be of use: it must have at least {LEAST_LENGTH} characters."


def check(visitor_id: str, given: str, tries: Tries | None = None) -> None:
    """Lets the passphrase pass.

    Args:
        visitor_id: who tries.
        given: what they typed.
        tries: of whom and when; those of this server if not given.

    Raises:
        PassphraseError: it is wrong, or there is none that can be right, or there were too many tries.
    """
    if reason := fault():
        raise PassphraseError(reason)
    (tries or _tries).admit(visitor_id)
    # Digests have one length, so that the time tells neither the length nor the beginning of what is right.
    right, typed = (
        hashlib.sha256(text.encode(errors="surrogatepass")).digest()
        for text in (os.environ["VAE_LAB_PASSPHRASE"], given)
    )
    if not hmac.compare_digest(right, typed):
        raise PassphraseError("That is not the passphrase.")
