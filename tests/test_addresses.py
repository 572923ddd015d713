"""Links, this computer's address, and QR codes."""

import socket
from collections import namedtuple

import psutil
import pytest

from vae import addresses

Address = namedtuple("Address", "family address")
State = namedtuple("State", "isup")


def test_a_link_carries_every_value_of_every_parameter():
    link = addresses.link("http://localhost:8501/compare", {"runs": ["a", "b"], "view": ["Mean of the epoch"]})
    assert link == "http://localhost:8501/compare?runs=a&runs=b&view=Mean+of+the+epoch"


def test_a_link_for_others_names_this_computer_and_keeps_the_port():
    assert addresses.link("http://localhost:8501/runs", {}, "10.0.0.4") == "http://10.0.0.4:8501/runs"
    assert addresses.link("https://localhost/runs", {}, "10.0.0.4") == "https://10.0.0.4/runs"


@pytest.mark.parametrize(
    ("page", "local"),
    [
        ("http://localhost:8501", True),
        ("http://127.0.0.1:8501/train", True),
        ("http://[::1]:8501", True),
        ("http://lab.localhost", True),
        ("http://192.168.1.7:8501", False),
        ("https://lab.example.org/train", False),
        ("", False),
    ],
)
def test_an_address_that_leads_everybody_to_their_own_computer_is_known(page, local):
    assert addresses.is_loopback(page) is local


@pytest.mark.parametrize(
    ("setting", "heard"), [(None, True), ("0.0.0.0", True), ("192.168.1.7", True), ("127.0.0.1", False)]
)
def test_whether_others_are_heard_follows_from_the_server_address(setting, heard):
    assert addresses.listens_for_others(setting) is heard


def test_the_address_in_the_network_is_a_private_one_of_a_link_that_is_up(monkeypatch):
    def of(address):
        return [Address(socket.AF_INET, address)]

    links = {"lo": of("127.0.0.1"), "down": of("10.0.0.9"), "auto": of("169.254.3.3"), "wifi": of("192.168.1.7")}
    monkeypatch.setattr(psutil, "net_if_addrs", lambda: links)
    monkeypatch.setattr(psutil, "net_if_stats", lambda: {name: State(name != "down") for name in links})
    assert addresses.in_network() == "192.168.1.7"
    del links["wifi"]
    assert addresses.in_network() == ""


def test_a_link_becomes_a_code_and_one_that_is_too_long_becomes_none():
    code = addresses.qr_code("http://192.168.1.7:8501/compare?" + "&".join(f"runs={'a' * 32}" for _ in range(40)))
    assert code is not None and code.startswith(b"<svg")
    assert addresses.qr_code("x" * 3000) is None
