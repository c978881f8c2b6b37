"""The servers that are measured. Each is the simplest honest version of its kind, and all speak one small protocol.

Connect to the namespace with `{"room": id}` (the full servers: `{"token": ...}`), emit `message:send` with
`{"room_id", "body"}`; everyone in the room gets `message:created`, from the full servers as `{"message": ...}` after
it was stored, and the sender of a full server an ack.
"""
