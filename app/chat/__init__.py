"""The chat: rooms, messages, presence, statuses, and when a stand-in speaks."""
