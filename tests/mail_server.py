"""A mail server for tests: takes letters over SMTP, as a real one does, and keeps them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.server import free_port, wait_for

USER, PASSWORD = "standin", "letters & more"


class MailServer:
    """`answer` is what it says to a letter, `logins` who has logged in."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"smtp://{USER}:{PASSWORD.replace(' ', '%20').replace('&', '%26')}@127.0.0.1:{self.port}"
        self.letters: list[EmailMessage] = []
        self.answer = "250 Taken"
        self.tries = 0
        self.logins = 0

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - its name
        self.tries += 1
        if self.answer.startswith("250"):
            letter = message_from_bytes(bytes(envelope.content or b""), policy=policy.default)
            assert isinstance(letter, EmailMessage)
            self.letters.append(letter)
        return self.answer

    def authenticate(self, *args: object) -> AuthResult:
        given = args[-1]
        is_right = isinstance(given, LoginPassword) and (given.login, given.password) == (
            USER.encode(),
            PASSWORD.encode(),
        )
        self.logins += is_right
        return AuthResult(success=is_right)

    def to(self, address: str) -> list[EmailMessage]:
        return [letter for letter in self.letters if address in letter["To"]]

    def wait_for(self, address: str, count: int = 1) -> list[EmailMessage]:
        wait_for(lambda: len(self.to(address)) >= count, f"{count} letters to {address}")
        return self.to(address)


def text_of(letter: EmailMessage, kind: str = "plain") -> str:
    part = letter.get_body((kind,))
    assert part is not None
    content: str = part.get_content()
    return content


@contextmanager
def open_mail_server() -> Iterator[MailServer]:
    server = MailServer()
    controller = Controller(
        server,
        hostname="127.0.0.1",
        port=server.port,
        authenticator=server.authenticate,
        auth_require_tls=False,
    )
    controller.start()
    try:
        yield server
    finally:
        controller.stop()
