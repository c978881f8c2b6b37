"""Pictures anew: decoded, turned the right way, and written again without anything but what is to be seen.

What a camera notes (place, time, owner) goes, and so does whatever hides behind the pixels.

This runs as a program of its own, for one picture: the bytes on standard input, the answer on standard output. Some of
Pillow's decoders keep the interpreter's lock, so in a thread a large PNG still held up everyone for 130 ms; and what a
hostile file does to a decoder, it does to a process that has nothing, is bounded, and is gone a moment later.
It imports nothing of the app.
"""

from __future__ import annotations

import io
import json
import os
import resource
import sys
import warnings
from typing import Any, NamedTuple

from PIL import Image, ImageOps

MOST_PIXELS = 50_000_000
MOST_MOVING_PIXELS = 60_000_000  # of all frames together
MOST_FRAMES = 1_000
MOST_MEMORY = 2 * 1024**3
MOST_CPU_SECONDS = 20  # the largest animations take six
MOST_SCANS = 100  # of a JPEG that sharpens while it loads; ten are usual, and each costs as much as the whole picture
THUMBNAIL = 640  # pixels on the longer side
AVATAR = 256
SCAN = b"\xff\xda"
FORMATS = ("JPEG", "PNG", "GIF", "WEBP")  # and nothing else that Pillow could read
TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "GIF": "image/gif", "WEBP": "image/webp"}
SMALL_BYTES, SMALL_MOVING_BYTES = 200 * 1024, 4 * 1024 * 1024
# Of what comes with a picture, all that decides how it looks.
SEEN = {"transparency", "icc_profile", "duration", "loop", "disposal", "background", "gamma"}
SAVED_AS: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 90},
    "PNG": {"compress_level": 3},
    "WEBP": {"quality": 90, "method": 2},
}


class TooLarge(Exception):
    """It has more pixels than are decoded here."""


class Picture(NamedTuple):
    """A picture as it is kept. No thumbnail: it is small enough itself."""

    type: str
    width: int
    height: int
    data: bytes
    thumbnail: bytes | None


def main(work: str) -> None:
    """Read a picture, write the answer: a line of JSON with the lengths of what follows it, or with an error."""
    os.nice(10)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU_SECONDS, MOST_CPU_SECONDS))
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    data = sys.stdin.buffer.read()
    try:
        picture = anew(data) if work == "anew" else avatar(data)
    except (TooLarge, Image.DecompressionBombWarning, Image.DecompressionBombError):
        _answer({"error": "too_large"})
    except Exception:  # noqa: BLE001 - decoders raise whatever comes to them over files made to confuse them
        _answer({"error": "not_a_picture"})
    else:
        parts = [picture.data, picture.thumbnail or b""]
        facts = {"type": picture.type, "width": picture.width, "height": picture.height}
        _answer({**facts, "lengths": [len(part) for part in parts]}, *parts)


def _answer(head: dict[str, Any], *parts: bytes) -> None:
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + b"".join(parts))
    sys.stdout.buffer.flush()


def anew(data: bytes) -> Picture:
    """The picture in `data`. Errors: `TooLarge`, and whatever Pillow raises for what is no picture."""
    image = _open(data)
    form = "JPEG" if image.format == "MPO" else str(image.format)
    if form in {"GIF", "WEBP"} and getattr(image, "is_animated", False):
        return _moving(image, form)
    return _still(_upright(image), form)


def avatar(data: bytes) -> Picture:
    """The middle of the picture in `data` as a small square. Errors: as `anew`."""
    square = ImageOps.fit(_in_colour(_upright(_open(data))), (AVATAR, AVATAR))
    square.info.clear()
    return Picture(TYPES["WEBP"], AVATAR, AVATAR, _written(square, "WEBP", quality=85, method=4), None)


def _open(data: bytes) -> Image.Image:
    """Look at the head only; whether the rest is whole shows when it is decoded."""
    with Image.open(io.BytesIO(data), formats=FORMATS) as probe:
        probe.verify()
    image = Image.open(io.BytesIO(data), formats=FORMATS)
    if image.format in {"JPEG", "MPO"} and data.count(SCAN) > MOST_SCANS:
        raise TooLarge
    pixels, frames = image.width * image.height, getattr(image, "n_frames", 1)
    is_moving = frames > 1 and image.format in {"GIF", "WEBP"}
    if pixels > MOST_PIXELS or (is_moving and (frames > MOST_FRAMES or pixels * frames > MOST_MOVING_PIXELS)):
        raise TooLarge
    return image


def _upright(image: Image.Image) -> Image.Image:
    """Decoded, turned as the camera was held, and without its notes."""
    image.load()
    upright = ImageOps.exif_transpose(image)
    upright.info = {key: value for key, value in upright.info.items() if key in SEEN}
    return upright


def _still(image: Image.Image, form: str) -> Picture:
    if form == "JPEG" and image.mode not in {"RGB", "L"}:
        image.info.pop("icc_profile", None)  # it is for the colours of a printer
        image = image.convert("RGB")
    data = _written(image, form, **SAVED_AS.get(form, {}))
    is_small = max(image.size) <= THUMBNAIL and len(data) <= SMALL_BYTES
    return Picture(TYPES[form], image.width, image.height, data, None if is_small else _thumbnail(image))


def _moving(image: Image.Image, form: str) -> Picture:
    """All frames. What is quick to load moves in the conversation too; else the first frame stands for it there."""
    image.info = {key: value for key, value in image.info.items() if key in SEEN}
    options = {"WEBP": {"quality": 80, "method": 0}}.get(form, {"comment": b""})
    data = _written(image, form, save_all=True, **options)
    image.seek(0)
    thumbnail = None if len(data) <= SMALL_MOVING_BYTES else _thumbnail(image.copy())
    return Picture(TYPES[form], image.width, image.height, data, thumbnail)


def _thumbnail(image: Image.Image) -> bytes:
    small = _in_colour(image)
    small.thumbnail((THUMBNAIL, THUMBNAIL))
    return _written(small, "WEBP", quality=80, method=4)


def _in_colour(image: Image.Image) -> Image.Image:
    """A copy in the colours that WebP has."""
    has_holes = image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info
    return image.convert("RGBA" if has_holes else "RGB")


def _written(image: Image.Image, form: str, **options: Any) -> bytes:
    file = io.BytesIO()
    if profile := image.info.get("icc_profile"):
        options["icc_profile"] = profile
    image.save(file, form, **options)
    return file.getvalue()


if __name__ == "__main__":
    main(sys.argv[1])
