"""Only the public internet is fetched, however an address is spelt."""

from __future__ import annotations

import pytest

from app.chat.unfurl.fetch import resolve
from app.chat.unfurl.guard import LONGEST_URL, Refused, Rules, check, is_public, target


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "1.1.1.1",
        "93.184.215.14",
        "172.32.0.1",
        "100.128.0.1",
        "2606:4700:4700::1111",
        "2a00:1450:4001:82a::200e",
    ],
)
def test_hosts_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *(
            "127.0.0.1",
            "127.255.255.254",
            "0.0.0.0",  # noqa: S104
            "0.1.2.3",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.0.1",
        ),
        *("169.254.169.254", "100.64.0.1", "100.127.255.255", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1"),
        *("203.0.113.1", "192.88.99.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"),
        *("::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:0:127.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1"),
        *(
            "64:ff9b::808:808",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "2001::1",
            "2001:db8::1",
            "3fff::1",
            "100::1",
            "fc00::1",
        ),
        *("fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "5f00::1", "4000::1"),
        *("", "localhost", "127.1", "0x7f000001", "2130706433", "0177.0.0.1", "1.2.3.4.5"),
    ],
)
def test_nothing_else_is(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "host",
    ["localhost", "127.0.0.1", "127.1", "0x7f000001", "0x7f.1", "2130706433", "017700000001", "0", "::1",
     "::ffff:127.0.0.1", "::ffff:7f00:1", "0:0:0:0:0:0:0:1", "localhost."],
)  # fmt: skip
def test_the_server_itself_is_refused_in_every_spelling(host: str) -> None:
    url = f"http://[{host}]/" if ":" in host else f"http://{host}/"
    found = resolve(target(url).host, 80)
    with pytest.raises(Refused):
        check(found, 80, Rules())


@pytest.mark.parametrize(
    "url",
    [
        *("", "x", "/x", "//example.com", "ftp://example.com", "file:///etc/passwd", "gopher://example.com", "http://"),
        *("http:///x", "http://a:b@example.com", "http://example.com@127.0.0.1", "http://example.com:99999/"),
        *("http://example.com:x/", "http://[::1/", "http://exam ple.com", "http://example.com/\r\nHost: x"),
        *("http://example.com\\@127.0.0.1/", "javascript:alert(1)", "http://example.com/" + "x" * LONGEST_URL),
        "http://\u2028.example/",
    ],
)
def test_what_is_no_address_of_the_web_is_refused(url: str) -> None:
    with pytest.raises(Refused):
        target(url)


def test_an_address_is_taken_apart_as_it_is_asked_for() -> None:
    found = target("https://B\u00fccher.example/\u00fc?q=\u00e9&x=1#part")
    assert (found.is_secure, found.host, found.port) == (True, "xn--bcher-kva.example", 443)
    assert found.path == "/%C3%BC?q=%C3%A9&x=1"
    assert target("http://example.com").path == "/"


def test_every_address_of_a_name_must_be_good() -> None:
    check(["8.8.8.8", "2606:4700:4700::1111"], 443, Rules())
    for addresses in (["8.8.8.8", "127.0.0.1"], ["::1", "8.8.8.8"], []):
        with pytest.raises(Refused):
            check(addresses, 443, Rules())


def test_only_the_ports_of_the_web_are_asked_but_for_what_is_allowed_by_hand() -> None:
    allowed = Rules(frozenset({("127.0.0.1", 8123)}))
    check(["127.0.0.1"], 8123, allowed)
    for addresses, port, rules in (
        (["8.8.8.8"], 8080, Rules()),
        (["8.8.8.8"], 22, Rules()),
        (["127.0.0.1"], 8124, allowed),
        (["127.0.0.2"], 8123, allowed),
        (["127.0.0.1", "127.0.0.2"], 8123, allowed),
    ):
        with pytest.raises(Refused):
            check(addresses, port, rules)
