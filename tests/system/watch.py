"""An eye on browsers: what they complained of, and whom they asked."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, Page, Request, Response

OFFLINE = "ERR_INTERNET_DISCONNECTED"
NEVER_SENT = (
    "data:",
    "blob:",
    "about:",
    "chrome:",
    "chrome-extension:",
)  # the last two: its own viewer


class Watch:
    """Console errors, uncaught errors, violations of the CSP, dialogs and requests, of all contexts of a test."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self._responses: list[Response] = []
        self._addresses: list[str] = []
        self._homes: set[str] = set()
        self._heard: list[str] = []
        self._allowed: list[str] = []

    def over(self, context: BrowserContext) -> None:
        """Watch a context."""
        context.on("console", self._console)
        context.on("weberror", lambda error: self._heard.append(f"uncaught: {error.error}"))
        context.on("request", self._requested)
        context.on("response", self._responded)
        context.on("page", self._page)
        context.on("dialog", self._dialog)

    def home(self, *addresses: str) -> None:
        """Servers that pages may ask. All others are strangers."""
        self._homes.update(_origin(address) for address in addresses)

    def allow(self, *patterns: str) -> None:
        """Such complaints are part of the story, as a refused connection is where the server is down."""
        self._allowed.extend(patterns)

    def complaints(self) -> list[str]:
        return [each for each in self._heard if not any(re.search(pattern, each) for pattern in self._allowed)]

    def has_heard(self, words: str) -> bool:
        return any(words in each for each in self._heard)

    def strangers(self) -> set[str]:
        """Origins that were asked and are not ours."""
        return {_origin(address) for address in self._addresses if not address.startswith(NEVER_SENT)} - self._homes

    def answers(self, method: str, path: str) -> list[int]:
        """How the requests of this kind were answered; none was not, but for those that were made without a network."""
        answered = [one for one in self._responses if one.request.method == method and urlsplit(one.url).path == path]
        asked = [one for one in self.requests if one.method == method and urlsplit(one.url).path == path]
        lost = [one.failure for one in asked if one not in [each.request for each in answered]]
        assert all(why and OFFLINE in why for why in lost), lost
        return [one.status for one in answered]

    def _page(self, page: Page) -> None:
        page.on("websocket", lambda socket: self._addresses.append(socket.url))

    def _requested(self, request: Request) -> None:
        self.requests.append(request)
        self._addresses.append(request.url)

    def _responded(self, response: Response) -> None:
        self._responses.append(response)

    def _dialog(self, dialog: Dialog) -> None:
        self._heard.append(f"{dialog.type}: {dialog.message}")
        dialog.dismiss()

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "assert"} or "Content Security Policy" in message.text:
            self._heard.append(f"{message.type}: {message.text} ({message.location.get('url', '')})")


def _origin(address: str) -> str:
    """Host and port: a WebSocket of a page goes to the same ones under another scheme."""
    return urlsplit(address).netloc
