"""Who may change what in each mode, who an owner is, and what a visitor's id says."""

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from vae import access
from vae.access import TERMINAL, HostSettingError, NotAllowedError, Visitor, check, is_owner, refusal, visitor_id

STRANGER, OWNER = Visitor("a" * 32), Visitor("b" * 32, owner=True)
CLAIMS = {"is_logged_in": True, "email": "Ada@example.org", "email_verified": True}


@pytest.mark.parametrize(
    ("mode", "visitor", "allowed"),
    [
        ("", STRANGER, True),
        ("open", STRANGER, True),
        ("open", OWNER, True),
        ("read-only", STRANGER, False),
        ("read-only", OWNER, False),
        ("owner", STRANGER, False),
        ("owner", OWNER, True),
        ("open", TERMINAL, True),
        ("read-only", TERMINAL, True),
        ("owner", TERMINAL, True),
    ],
)
def test_a_visitor_may_change_things_or_gets_a_sentence(monkeypatch, mode, visitor, allowed):
    monkeypatch.setenv("VAE_LAB_MODE", mode)
    assert bool(refusal(visitor)) is not allowed
    if not allowed:
        with pytest.raises(NotAllowedError, match=r"^[A-Z].*\.$"):
            check(visitor)


def test_a_mode_that_does_not_exist_lets_nobody_change_anything(monkeypatch):
    monkeypatch.setenv("VAE_LAB_MODE", "Owner")
    with pytest.raises(HostSettingError, match="^VAE_LAB_MODE = Owner is not possible: it must be one of open, read-"):
        check(STRANGER)


@pytest.mark.parametrize(
    ("changed", "owns"),
    [
        ({}, True),
        ({"email": "bob@example.org"}, True),
        ({"email_verified": "true"}, True),
        ({"email_verified": False}, False),
        ({"email_verified": None}, False),
        ({"email_verified": "false"}, False),
        ({"is_logged_in": False}, False),
        ({"email": "eve@example.org"}, False),
        ({"email": "ada@example.org,bob@example.org"}, False),
        ({"email": ""}, False),
        ({"email": None}, False),
    ],
)
def test_an_owner_has_signed_in_with_a_verified_address_that_is_listed(monkeypatch, changed, owns):
    monkeypatch.setenv("VAE_LAB_OWNERS", " ada@example.org, Bob@Example.org,,")
    assert is_owner({**CLAIMS, **changed}) is owns


def test_without_a_list_nobody_is_an_owner(monkeypatch):
    monkeypatch.delenv("VAE_LAB_OWNERS", raising=False)
    assert not is_owner({**CLAIMS, "email": ""})


def test_a_visitors_id_stays_the_same_and_differs_from_others(tmp_path):
    ids = [visitor_id(tmp_path, token) for token in ("one", "one", "two")]
    assert ids[0] == ids[1] != ids[2] and all(len(one) == 32 for one in ids)


def test_another_record_gives_the_same_browser_another_id(tmp_path):
    (tmp_path / "a").mkdir(), (tmp_path / "b").mkdir()
    assert visitor_id(tmp_path / "a", "one") != visitor_id(tmp_path / "b", "one")


def test_only_the_host_may_read_the_key(tmp_path):
    visitor_id(tmp_path, "one")
    assert [file.name for file in tmp_path.iterdir()] == [access.KEY_FILE]
    assert stat.S_IMODE((tmp_path / access.KEY_FILE).stat().st_mode) == 0o600


def test_many_who_come_at_once_to_a_new_record_share_one_key(tmp_path):
    with ThreadPoolExecutor(16) as pool:
        ids = set(pool.map(lambda _: access.visitor_id(tmp_path, "one"), range(64)))
    access._key.cache_clear()
    assert ids == {visitor_id(tmp_path, "one")}


def test_a_folder_without_a_place_for_the_key_is_a_sentence(tmp_path):
    with pytest.raises(NotAllowedError, match="cannot be read or made: No such file or directory"):
        visitor_id(tmp_path / "none", "one")
