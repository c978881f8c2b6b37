"""Sessions that are in no namespace yet, which anybody may open: how many of them come from one address."""

from __future__ import annotations

from collections import Counter
from ipaddress import IPv6Address, ip_address, ip_network

from app.realtime.handshake import Environ, Refused
from app.realtime.log import mishaps

RETRY_SECONDS = "10"


def neighbourhood(given: str) -> str:
    """Whom an address is counted with. Whoever has one IPv6 address has the 2**64 beside it too."""
    try:
        address = ip_address(given)
    except ValueError:
        return given
    return str(ip_network((int(address), 64), strict=False)) if isinstance(address, IPv6Address) else given


class Strangers:
    """At most `most` of one address, 0 for any. What listens on a Unix socket knows no addresses, and counts nobody."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._addresses: dict[str, str] = {}
        self._counts: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._addresses)

    def come(self, sid: str, environ: Environ) -> None:
        """Count a session from now on; raise Refused if there are enough of its address."""
        address = neighbourhood(environ.get("REMOTE_ADDR", ""))
        if not self._most or not address:
            return
        if self._counts[address] >= self._most:
            mishaps.warn("An address has too many connections without a login", address)
            reason = "Too many connections from your address are not logged in yet"
            raise Refused("429 Too Many Requests", reason, [("Retry-After", RETRY_SECONDS)])
        self._addresses[sid] = address
        self._counts[address] += 1

    def go(self, sid: str) -> None:
        """It is in a namespace, or over. Whoever was in one once is no stranger any more."""
        address = self._addresses.pop(sid, None)
        if address is None:
            return
        self._counts[address] -= 1
        if not self._counts[address]:
            del self._counts[address]
