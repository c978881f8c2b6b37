from __future__ import annotations

import pytest

from app.auth import devices


@pytest.mark.parametrize(
    ("agent", "browser", "system", "is_phone"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/143.0 Safari/537.36 Edg/143.0",
            "Edge",
            "Windows",
            False,
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox", "Linux", False),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Safari/604.1",
            "Safari",
            "iPhone",
            True,
        ),
        (
            "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0 Mobile Safari/537.36",
            "Chrome",
            "Android",
            True,
        ),
        ("curl/8.11.0", "curl", "", False),
        ("Mozilla/5.0 nothing more", "", "", False),
        ("", "", "", False),
        ("<script>alert(1)</script>", "", "", False),
    ],
    ids=["edge", "firefox", "iphone", "android", "curl", "bare", "empty", "hostile"],
)
def test_a_device_is_named_by_what_its_browser_says(agent: str, browser: str, system: str, is_phone: bool) -> None:
    assert (devices.browser(agent), devices.system(agent), devices.is_phone(agent)) == (browser, system, is_phone)
