"""Which addresses the server may fetch for its users. Pure.

Whoever can make a server fetch an address can reach, through it, what is reachable from there alone: its own services,
the neighbours on its network, a cloud's metadata. So an address is judged by the numbers its name resolves to, and only
those of the public internet are good, on the ports of the web.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

import idna

PORTS = {"http": 80, "https": 443}
LONGEST_URL = 2_000

_OTHER_4 = ("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "240.0.0.0/4")
_NOT_PUBLIC_4 = [ip_network(net) for net in _OTHER_4]
_UNICAST_6 = IPv6Network("2000::/3")
# Within it: addresses in which an IPv4 address hides (Teredo, 6to4), and those of documentation and benchmarks.
_NOT_PUBLIC_6 = [ip_network(net) for net in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")]


class Refused(Exception):
    """Nothing is fetched, and why: for the log, in words that hold nothing of the address."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Addresses that may be asked although they are not public, each with its port."""

    allowed: frozenset[tuple[str, int]] = frozenset()


@dataclass(frozen=True, slots=True)
class Target:
    """What one request is for."""

    is_secure: bool
    host: str
    port: int
    path: str


def target(url: str) -> Target:
    """What an address of the web asks for, and of whom. Errors: `Refused`."""
    if len(url) > LONGEST_URL or not url.isprintable() or " " in url or "\\" in url:
        raise Refused("not an address of the web")
    try:
        parts = urlsplit(url)
        default, host = PORTS.get(parts.scheme), _ascii(parts.hostname or "")
        port = parts.port or default
    except ValueError:
        raise Refused("not an address of the web") from None
    if default is None or not port or not host or "@" in parts.netloc:
        raise Refused("not an address of the web")
    return Target(parts.scheme == "https", host, port, _path(parts.path or "/", parts.query))


def check(addresses: list[str], port: int, rules: Rules) -> None:
    """Errors: `Refused` unless all these addresses of one name may be asked at this port."""
    if not addresses:
        raise Refused("there is no such host")
    for address in addresses:
        is_good = port in PORTS.values() and is_public(address)
        if not is_good and (address, port) not in rules.allowed:
            raise Refused("not on the public internet")


def is_public(text: str) -> bool:
    """Whether a numeric address is one of the public internet, and of one host there."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if address.is_multicast or not address.is_global or address.is_reserved:
        return False
    if isinstance(address, IPv6Address):
        # Everything else is private, or leads to an IPv4 address (mapped, NAT64) that was not checked as one.
        return address in _UNICAST_6 and not any(address in net for net in _NOT_PUBLIC_6)
    return not any(IPv4Address(address) in net for net in _NOT_PUBLIC_4)


def _ascii(host: str) -> str:
    if host.isascii():
        return host
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError:
        raise ValueError from None


def _path(path: str, query: str) -> str:
    """As it goes into a request: what is not ASCII is escaped, byte by byte."""
    whole = f"{path}?{query}" if query else path
    return "".join(sign if sign.isascii() else "".join(f"%{byte:02X}" for byte in sign.encode()) for sign in whole)
