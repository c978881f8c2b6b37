"""Facts about messages that others may want to know. Whoever says something announces it and does not know who listens.

A listener takes note and returns at once: a sender waits for it.
"""

from __future__ import annotations

from blinker import Namespace

_signals = Namespace()

message_posted = _signals.signal("message-posted")
"""Sent with the MessagePayload of what was said, by whomever; of an answer written piece by piece again at its end."""

message_found = _signals.signal("message-found")
"""Sent with the StoredMessage of one whose write was not confirmed and that is stored after all, so nobody was told of
it. What stands behind it in its room is told after this returns."""

message_recovered = _signals.signal("message-recovered")
"""Sent with the MessagePayload of such a message when the room was told. What else follows an ack follows now, as its
sender may not send it again."""
