"""The passphrase: what opens the lab, and how often it may be tried."""

import pytest

from vae import passphrase
from vae.passphrase import TRIES, TRIES_IN_ALL, PassphraseError, Tries

RIGHT = "correct horse battery"


class Clock:
    """A clock that a test sets."""

    seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tries(clock, monkeypatch) -> Tries:
    monkeypatch.setenv("VAE_LAB_PASSPHRASE", RIGHT)
    return Tries(clock)


def test_the_right_one_passes(tries):
    passphrase.check("a", RIGHT, tries)


@pytest.mark.parametrize("given", ["", RIGHT[:-1], RIGHT + " ", RIGHT.upper(), "\udc80", "ü" * 500])
def test_any_other_is_refused(tries, given):
    with pytest.raises(PassphraseError, match="^That is not the passphrase"):
        passphrase.check("a", given, tries)


def guess(tries: Tries, visitor: str, given: str = "a wrong guess") -> str:
    """What a try is answered."""
    with pytest.raises(PassphraseError) as raised:
        passphrase.check(visitor, given, tries)
    return str(raised.value)


def test_after_five_tries_even_the_right_one_waits_for_a_minute(tries, clock):
    for _ in range(TRIES):
        assert guess(tries, "a").startswith("That is not")
    clock.seconds += 45
    assert guess(tries, "a", RIGHT) == (
        "Too many tries: this lab takes 5 a minute from you; wait 15 seconds and try again."
    )
    clock.seconds += 15
    passphrase.check("a", RIGHT, tries)


def test_one_visitors_guesses_do_not_keep_another_out(tries):
    for _ in range(TRIES + 1):
        guess(tries, "a")
    passphrase.check("b", RIGHT, tries)


def test_who_is_a_new_visitor_each_time_is_stopped_by_the_limit_for_all(tries, clock):
    for number in range(TRIES_IN_ALL):
        assert guess(tries, str(number)).startswith("That is not")
    assert "takes 30 a minute in all" in guess(tries, "new")
    assert len(tries.made) == TRIES_IN_ALL
    clock.seconds += 60
    passphrase.check("new", RIGHT, tries)


@pytest.mark.parametrize("short", ["", "11 letters!"])
def test_a_short_passphrase_opens_nothing_and_is_not_told(tries, monkeypatch, short):
    monkeypatch.setenv("VAE_LAB_PASSPHRASE", short)
    answer = guess(tries, "a", short)
    assert answer == passphrase.fault() and "at least 12 characters" in answer
    assert not short or short not in answer


def test_no_answer_tells_the_passphrase(tries):
    assert RIGHT not in " ".join(guess(tries, "a") for _ in range(TRIES + 1))
