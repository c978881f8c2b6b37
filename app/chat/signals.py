"""Facts about messages that others may want to know. Whoever says something announces it and does not know who listens.

A listener takes note and returns at once: a sender waits for it.
"""

from __future__ import annotations

from blinker import Namespace

_signals = Namespace()

message_posted = _signals.signal("message-posted")
"""Sent with the MessagePayload of what was said, by whomever; of an answer written piece by piece again at its end."""
