"""What a file is, by its first bytes. What it is called and what its sender says of it do not matter.

Sources: the signatures of the formats' own specifications; https://mimesniff.spec.whatwg.org/ for their order of care.
"""

from __future__ import annotations

HEAD = 4096  # bytes that are looked at
PICTURES = ("image/jpeg", "image/png", "image/gif", "image/webp")
PLAYED = ("audio/mpeg", "audio/wav", "audio/flac", "audio/ogg", "audio/mp4", "video/mp4", "video/webm", "video/ogg")
PDF = "application/pdf"
TEXT, ANYTHING = "text/plain", "application/octet-stream"

SIGNATURES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", PDF),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"\xff\xf2", "audio/mpeg"),
    (b"fLaC", "audio/flac"),
    (b"PK\x03\x04", "application/zip"),
)
# MP4: the brand of its first box says what kind it is.
SOUND_BRANDS = {b"M4A ", b"M4B "}
VIDEO_BRANDS = {b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"MSNV", b"dash"}
CONTROLS = bytes(set(range(32)) - set(b"\t\n\f\r\x1b")) + b"\x7f"


def recognised(head: bytes) -> str:
    """The type of a file that begins with `head`; `application/octet-stream` if it could be anything."""
    for signature, kind in SIGNATURES:
        if head.startswith(signature):
            return kind
    return _container(head) or (TEXT if _is_text(head) else ANYTHING)


def is_shown(kind: str) -> bool:
    """Whether browsers may show it, in its place or on a page of its own; anything else they are told to save."""
    return kind in PICTURES or kind in PLAYED or kind == PDF


def _container(head: bytes) -> str | None:
    """Formats that have several things in one kind of wrapping."""
    if head[:4] == b"RIFF":
        return {b"WAVE": "audio/wav", b"WEBP": "image/webp"}.get(head[8:12])
    if head[4:8] == b"ftyp":
        return "audio/mp4" if head[8:12] in SOUND_BRANDS else "video/mp4" if head[8:12] in VIDEO_BRANDS else None
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return "video/webm" if b"webm" in head[:64] else None
    if head[:4] == b"OggS":
        return "video/ogg" if b"theora" in head[:128] else "audio/ogg"
    return None


def _is_text(head: bytes) -> bool:
    """Whether it reads as UTF-8 without controls. HTML, SVG and scripts do: as plain text they do nothing."""
    try:
        head.decode()
    except UnicodeDecodeError as error:
        if error.end < len(head) or len(head) < HEAD:  # the last character may be cut
            return False
    return bool(head) and head.translate(None, CONTROLS) == head
