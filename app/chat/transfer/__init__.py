"""Everything that was said, as a file: out in two formats, and back in.

The full format is JSON lines: a header `{"standin": 1, "exported_at": ...}`, then `{"collection": ..., "document":
...}` for every user, room, membership and message, then `{"end": {collection: how many}}`. Ids and times are MongoDB's
relaxed extended JSON, so they are exact. The other format is the JSON of the original project.
"""

from app.chat.transfer.exports import full, original, size
from app.chat.transfer.imports import Imported, load
from app.chat.transfer.records import Refused

__all__ = ["Imported", "Refused", "full", "load", "original", "size"]
