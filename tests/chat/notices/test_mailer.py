from __future__ import annotations

import pytest

from app.chat.notices.mailer import MailServer


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example.com", MailServer(False, "mail.example.com", 25, "", "")),
        ("smtps://mail.example.com", MailServer(True, "mail.example.com", 465, "", "")),
        ("smtp://a%40b:p%26w@mail.example.com:587", MailServer(False, "mail.example.com", 587, "a@b", "p&w")),
        ("smtp://[::1]:2525", MailServer(False, "::1", 2525, "", "")),
    ],
)
def test_a_mail_server_is_read_from_its_address(url: str, server: MailServer) -> None:
    assert MailServer.of(url) == server


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("smtp://127.0.0.1", True),
        ("smtp://[::1]", True),
        ("smtp://localhost", True),
        ("smtp://mail.example.com", False),
    ],
)
def test_a_password_may_go_in_the_clear_only_to_this_machine(url: str, local: bool) -> None:
    assert MailServer.of(url).is_local is local
