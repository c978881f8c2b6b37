"""The Socket.IO namespace /chat: parse, do, answer. Every event is acknowledged, also when it fails.

One module for each theme; `sessions` lets people in. All are imported here: their handlers must be known before the
first `init_app`.
"""

from app.chat.events import assistant, kept, messages, reading, rooms, sessions, stand_ins, statuses

__all__ = ["assistant", "kept", "messages", "reading", "rooms", "sessions", "stand_ins", "statuses"]
