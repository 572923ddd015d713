"""Where others reach a page: its link, this computer's address in its network, and a QR code."""

import io
import ipaddress
import socket
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode, urlsplit, urlunsplit

import psutil
import segno


def link(page: str, parameters: Mapping[str, Sequence[str]], host: str = "") -> str:
    """The link to a page with its parameters.

    Args:
        page: the page's own address, without parameters.
        parameters: values by name.
        host: the computer's name or address, where it is not the one in `page`.
    """
    parts = urlsplit(page)
    if host:
        parts = parts._replace(netloc=f"{host}:{parts.port}" if parts.port else host)
    return urlunsplit(parts._replace(query=urlencode(parameters, doseq=True)))


def is_loopback(page: str) -> bool:
    """Whether an address leads every computer to itself."""
    host = urlsplit(page).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def listens_for_others(server_address: str | None) -> bool:
    """Whether a server with this setting, None for every network, hears other computers."""
    return server_address is None or not is_loopback(f"http://{server_address}")


def in_network() -> str:
    """This computer's IPv4 address in a private network, or "" if there is none."""
    states = psutil.net_if_stats()
    for name, addresses in psutil.net_if_addrs().items():
        for each in addresses:
            if each.family == socket.AF_INET and name in states and states[name].isup:
                address = ipaddress.ip_address(each.address)
                if address.is_private and not address.is_loopback and not address.is_link_local:
                    return each.address
    return ""


def qr_code(text: str) -> bytes | None:
    """A QR code (ISO/IEC 18004) of `text`, dark on white as every camera reads it: SVG; None if it is too long."""
    try:
        code = segno.make(text, error="l", micro=False)
    except segno.DataOverflowError:
        return None
    picture = io.BytesIO()
    code.save(picture, kind="svg", light="white", border=3, scale=8, xmldecl=False)
    return picture.getvalue()
