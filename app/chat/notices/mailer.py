"""Hands a letter to the mail server, within a time. Source: RFC 5321."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import closing
from dataclasses import dataclass
from email.message import EmailMessage
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

import gevent

SECONDS = 30.0  # for all of it
STEP_SECONDS = 10.0
SMTPS_PORT, SMTP_PORT = 465, 25
REFUSED_FOR_GOOD = 500


class NotSent(Exception):
    """It may go another time."""


class Undeliverable(Exception):
    """It will never go."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Who takes our letters. With smtps, or where the server offers it, over TLS."""

    is_secure: bool
    host: str
    port: int
    user: str
    password: str

    @classmethod
    def of(cls, url: str) -> MailServer:
        parts = urlsplit(url)
        is_secure = parts.scheme == "smtps"
        port = parts.port or (SMTPS_PORT if is_secure else SMTP_PORT)
        return cls(is_secure, parts.hostname or "", port, unquote(parts.username or ""), unquote(parts.password or ""))

    @property
    def is_local(self) -> bool:
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


@dataclass(slots=True)
class _Setup:
    server: MailServer | None = None


_setup = _Setup()


def configure(url: str | None) -> None:
    """Who takes letters; None: none are written."""
    _setup.server = MailServer.of(url) if url else None


def is_on() -> bool:
    return _setup.server is not None


def send(letter: EmailMessage) -> None:
    """Give a letter to the server. Errors: `NotSent`, `Undeliverable`."""
    server = _setup.server
    if server is None:
        raise NotSent("no mail server")
    try:
        with gevent.Timeout(SECONDS, NotSent("too slow")), closing(_connected(server)) as connection:
            connection.send_message(letter)
    except smtplib.SMTPRecipientsRefused as refused:
        code, _ = next(iter(refused.recipients.values()))
        raise (Undeliverable if code >= REFUSED_FOR_GOOD else NotSent)(f"the address was refused ({code})") from None
    except (smtplib.SMTPDataError, smtplib.SMTPNotSupportedError) as error:
        code = getattr(error, "smtp_code", REFUSED_FOR_GOOD)
        raise (Undeliverable if code >= REFUSED_FOR_GOOD else NotSent)(f"the letter was refused ({code})") from None
    except (OSError, smtplib.SMTPException) as error:
        raise NotSent(type(error).__name__) from None


def _connected(server: MailServer) -> smtplib.SMTP:
    if server.is_secure:
        connection: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, timeout=STEP_SECONDS, context=ssl.create_default_context()
        )
    else:
        connection = smtplib.SMTP(server.host, server.port, timeout=STEP_SECONDS)
    try:
        _greet(connection, server)
    except BaseException:
        connection.close()
        raise
    return connection


def _greet(connection: smtplib.SMTP, server: MailServer) -> None:
    connection.ehlo()
    is_secure = server.is_secure
    if not is_secure and connection.has_extn("starttls"):
        connection.starttls(context=ssl.create_default_context())
        connection.ehlo()
        is_secure = True
    if not server.user:
        return
    if not is_secure and not server.is_local:
        raise NotSent("the server offers no TLS, and a password is not sent without")
    connection.login(server.user, server.password)
