"""What one client may cost the others: sizes in bytes, times in seconds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """The bounds of the transport. One instance serves a whole process; tests tighten single values."""

    header_seconds: float = 5.0
    """A request's head has to be here whole, counted from its first byte; and from the accept, the first request's."""
    head_bytes: int = 32 * 1024
    """The largest head of a request."""
    keep_alive_seconds: float = 15.0
    """How long a connection may wait for its next request."""
    body_seconds: float = 15.0
    """All of a request's body has to be here, counted from the end of its head."""
    write_seconds: float = 30.0
    """How long the client may take to accept a piece of an answer."""
    connect_seconds: float = 10.0
    """A session has to be in a namespace, counted from its start or from when it left its last one."""
    strangers: int = 0
    """How many sessions of one address may be in no namespace yet; 0: any. What is in front may hide the addresses."""
    upgrade_seconds: float = 10.0
    """A polling session's upgrade has to be complete, counted from the WebSocket handshake."""
    linger_seconds: float = 2.0
    """How long a connection that we close may take to read what we said and close as well."""
    backlog_seconds: float = 10.0
    """A client has to have taken what we gave it, counted from when it was due."""
    backlog_bytes: int = 1024 * 1024
    """What may wait for a client that the kernel takes nothing for."""
    inbox_messages: int = 64
    """How many of a client's messages may wait for its handlers before we stop reading from it."""
    attachments: int = 10
    """The most binary attachments of one packet."""
    payload_packets: int = 256
    """The most packets in one polling request."""
    drain_seconds: float = 4.0
    """Over how long the clients of a stopping process are sent away, each at a random moment."""
    settle_seconds: float = 3.0
    """How long a stopping process then waits for handlers that still work."""


DEFAULT = Limits()
