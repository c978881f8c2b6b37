"""What a browser says of itself, in words by which people know their devices again. Pure."""

from __future__ import annotations

import re

# In this order: most of them name others too.
BROWSERS = {
    "Edg": "Edge",
    "OPR": "Opera",
    "SamsungBrowser": "Samsung Internet",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "CriOS": "Chrome",
    "HeadlessChrome": "Chrome",
    "Chrome": "Chrome",
    "Safari": "Safari",
}
SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "CrOS": "ChromeOS",
    "Mac OS X": "Mac",
    "Linux": "Linux",
}
PHONES = ("iPhone", "Android")
_PROGRAM = re.compile(r"[\w.+-]{1,40}")


def browser(user_agent: str) -> str:
    """The name of the browser, or of the program that takes its place; "" if it does not say."""
    found = next((name for sign, name in BROWSERS.items() if f"{sign}/" in user_agent or f"{sign}A/" in user_agent), "")
    program = _PROGRAM.match(user_agent)
    return found or (program.group() if program and not user_agent.startswith("Mozilla/") else "")


def system(user_agent: str) -> str:
    """What it runs on; "" if it does not say."""
    return next((name for sign, name in SYSTEMS.items() if sign in user_agent), "")


def is_phone(user_agent: str) -> bool:
    return any(sign in user_agent for sign in PHONES)
