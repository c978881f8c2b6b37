"""Files that are two things at once, or say to be what they are not; and pictures that are too much for who reads them.

Each comes with what it has to be taken for.
"""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
import zlib
from typing import Any

from PIL import Image, PngImagePlugin

SCRIPT = b"<script>parent.pwned=1</script>"
TEXT, ANYTHING, PDF = "text/plain; charset=utf-8", "application/octet-stream", "application/pdf"


def picture(form: str, size: tuple[int, int] = (40, 30), **options: Any) -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(file, form, **options)
    return file.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *more: bytes, rows: bytes = b"") -> bytes:
    """A grey picture, with more chunks before its pixels."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(rows or b"\0" * (width + 1) * height))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(more) + pixels + chunk(b"IEND", b"")


def _with_notes() -> bytes:
    notes = Image.Exif()
    notes[0x010E] = SCRIPT.decode()
    return picture("JPEG", exif=notes)


def _png_that_says() -> bytes:
    told = PngImagePlugin.PngInfo()
    told.add_text("Comment", SCRIPT.decode())
    told.add_itxt("XML:com.adobe.xmp", SCRIPT.decode())
    return picture("PNG", pnginfo=told)


def _gif_that_is_a_script() -> bytes:
    """`GIF89a/*...*/=1;`: its width is the beginning of a comment."""
    plain = picture("GIF", comment=b"*/=1;" + SCRIPT)
    return plain[:6] + b"/*" + plain[8:]


def _archive() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("index.html", SCRIPT)
    return file.getvalue()


HTML = b"<!doctype html><title>x</title>" + SCRIPT
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="parent.pwned=1">' + SCRIPT + b"</svg>"

POLYGLOTS: dict[str, tuple[bytes, str]] = {
    "a JPEG with a script as its comment": (picture("JPEG", comment=SCRIPT), "image/jpeg"),
    "a JPEG with a script in its notes": (_with_notes(), "image/jpeg"),
    "a JPEG with HTML behind it": (picture("JPEG") + HTML, "image/jpeg"),
    "a JPEG with an archive behind it": (picture("JPEG") + _archive(), "image/jpeg"),
    "a PNG with scripts in its texts": (_png_that_says(), "image/png"),
    "a PNG with HTML behind it": (picture("PNG") + HTML, "image/png"),
    "a PNG with a chunk of HTML": (png(9, 9, chunk(b"htML", HTML)), "image/png"),
    "a GIF with a script as its comment": (picture("GIF", comment=SCRIPT), "image/gif"),
    "a GIF that is a script": (_gif_that_is_a_script(), "image/gif"),
    "a GIF with an archive behind it": (picture("GIF") + _archive(), "image/gif"),
    "a WebP with a script in its notes": (picture("WEBP", xmp=SCRIPT), "image/webp"),
    "a WebP with HTML behind it": (picture("WEBP") + HTML, "image/webp"),
    "the beginning of a JPEG and HTML": (b"\xff\xd8\xff\xe0" + HTML, ANYTHING),
    "the beginning of a PNG and HTML": (b"\x89PNG\r\n\x1a\n" + HTML, ANYTHING),
    "the beginning of a GIF and HTML": (b"GIF89a" + HTML, ANYTHING),
    "the beginning of a WebP and HTML": (b"RIFF\xff\0\0\0WEBP" + HTML, ANYTHING),
    "a sound that is a script": (b"RIFF=1/*WAVEfmt */;" + SCRIPT, "audio/wav"),
    "an MP3 with a script in its tags": (b"ID3\x04\0\0\0\0\0\x30TIT2" + SCRIPT, "audio/mpeg"),
    "an MP3 that begins with a frame": (b"\xff\xfb\x90\0" + HTML, "audio/mpeg"),
    "a FLAC with HTML in it": (b"fLaC\0\0\0\x22" + HTML, "audio/flac"),
    "an Ogg with HTML in it": (b"OggS\0\x02" + HTML, "audio/ogg"),
    "an MP4 with HTML in it": (b"\0\0\0\x18ftypmp42" + HTML, "video/mp4"),
    "a WebM with HTML in it": (b"\x1a\x45\xdf\xa3\x42\x82\x84webm" + HTML, "video/webm"),
    "a PDF with HTML in it": (b"%PDF-1.7\n" + HTML, PDF),
    "a PDF that runs a script": (b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj", PDF),
    "HTML before a PDF": (HTML + b"\n%PDF-1.7\n", TEXT),
    "HTML": (HTML, TEXT),
    "HTML behind a mark of its order": (b"\xef\xbb\xbf" + HTML, TEXT),
    "HTML in UTF-16": (b"\xff\xfe" + HTML.decode().encode("utf-16-le"), ANYTHING),
    "HTML in UTF-32": (HTML.decode().encode("utf-32"), ANYTHING),
    "HTML in UTF-7": (b"+ADw-script+AD4-parent.pwned=1+ADw-/script+AD4-", TEXT),
    "HTML in ISO-2022-JP": (b"\x1b$B" + HTML, TEXT),
    "HTML in Latin-1": (b"\xe9" + HTML, ANYTHING),
    "HTML behind much white space": (b" \n" * 4_000 + HTML, TEXT),
    "HTML behind a NUL": (b"\0" + HTML, ANYTHING),
    "XHTML": (b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">' + SCRIPT + b"</html>", TEXT),
    "XML with a style sheet": (b'<?xml version="1.0"?><?xml-stylesheet href="data:text/xsl,x"?><x/>', TEXT),
    "XML with entities": (b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>', TEXT),
    "MHTML": (b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n--x\r\n" + HTML, TEXT),
    "an SVG": (SVG, TEXT),
    "a packed SVG": (gzip.compress(SVG), ANYTHING),
    "a script": (b"parent.pwned=1", TEXT),
    "a module": (b"\0asm\x01\0\0\0", ANYTHING),
    "a style sheet": (b"@import '//evil.example/x.css'; body{background:url(//evil.example)}", TEXT),
    "a shortcut": (b"[InternetShortcut]\r\nURL=javascript:parent.pwned=1\r\n", TEXT),
    "PostScript": (b"%!PS-Adobe-3.0 EPSF-3.0\n(%pipe%id) (r) file\n", TEXT),
    "a bitmap": (picture("BMP"), ANYTHING),
    "a TIFF": (picture("TIFF"), ANYTHING),
    "an icon": (picture("ICO"), ANYTHING),
    "a JPEG 2000": (picture("JPEG2000"), ANYTHING),
    "a Photoshop file": (b"8BPS\0\x01" + HTML, ANYTHING),
    "a PCX": (picture("PCX"), ANYTHING),
    "Flash": (b"CWS\x0a" + HTML, TEXT),
    "Java": (b"\xca\xfe\xba\xbe" + HTML, ANYTHING),
    "a program for Windows": (b"MZ\x90\0" + HTML, ANYTHING),
    "a program for Linux": (b"\x7fELF\x02" + HTML, ANYTHING),
    "an archive": (_archive(), ANYTHING),
}


def _frames(form: str, count: int) -> bytes:
    file = io.BytesIO()
    frames = [Image.new("L", (2, 2), number % 2 * 255) for number in range(count)]
    frames[0].save(file, form, save_all=True, append_images=frames[1:], duration=10)
    return file.getvalue()


def _patched(data: bytes, at: int, value: bytes) -> bytes:
    return data[:at] + value + data[at + len(value) :]


def _jpeg_of_any_size() -> bytes:
    data = picture("JPEG")
    return _patched(data, data.index(b"\xff\xc0") + 5, b"\xff\xff\xff\xff")


def _jpeg_of_many_scans() -> bytes:
    """Its last, small part over and over: each time the whole picture is worked on."""
    data = picture("JPEG", progressive=True)
    return data[:-2] + data[data.rindex(b"\xff\xda") : -2] * 10_000 + data[-2:]


BOMB = zlib.compress(b"\0" * 80_000_000, 9)

BOMBS: dict[str, tuple[bytes, str]] = {
    "a PNG of 900 million pixels": (png(30_000, 30_000, rows=b"\0" * 5_000), "picture_too_large"),
    "a PNG as large as one can be": (png(2**31 - 1, 2**31 - 1, rows=b"\0"), "picture_too_large"),
    "a PNG of one endless line": (png(2**31 - 1, 1, rows=b"\0"), "picture_too_large"),
    "a JPEG as large as one can be": (_jpeg_of_any_size(), "picture_too_large"),
    "a JPEG of 10,000 scans": (_jpeg_of_many_scans(), "picture_too_large"),
    "a GIF as large as one can be": (_patched(picture("GIF"), 6, b"\xff\xff\xff\xff"), "picture_too_large"),
    "a GIF of too many frames": (_frames("GIF", 1_001), "picture_too_large"),
    "a WebP of too many frames": (_frames("WEBP", 1_001), "picture_too_large"),
    "a PNG with a text that unpacks to 80 MB": (png(9, 9, chunk(b"zTXt", b"x\0\0" + BOMB)), ANYTHING),
    "a PNG with a note that unpacks to 80 MB": (png(9, 9, chunk(b"iTXt", b"x\0\x01\0\0\0" + BOMB)), ANYTHING),
    "a PNG with colours that unpack to 80 MB": (png(9, 9, chunk(b"iCCP", b"x\0\0" + BOMB)), ANYTHING),
    "a PNG with 80 MB behind its last line": (png(9, 9, rows=b"\0" * 80_000_000), "image/png"),
    "a PNG of 50,000 chunks": (png(9, 9, chunk(b"teST", b"x") * 50_000), "image/png"),
    "a PNG without a line": (png(0, 0, rows=b"\0"), ANYTHING),
}
"""What is made of each: the code with which it is refused, or the type as which it is kept."""

NAMES = (
    "../../../../etc/passwd",
    "..\\..\\windows\\win.ini",
    "/etc/passwd",
    "C:\\boot.ini",
    "....//....//x",
    "%2e%2e%2fx",
    "a\r\nSet-Cookie: x=1",
    "a\nContent-Type: text/html\n\n<script>",
    'a"; filename="b.html',
    "a\0.html",
    "a\x1b[31m.txt",
    "invoice\u202egpj.exe",
    "a\u2028b\u2029c",
    "CON",
    ".htaccess",
    "-rf",
    "~root",
    "$(id)",
    "`id`",
    "|id",
    "<script>alert(1)</script>.txt",
    "\u200b",
    " . ",
    "x" * 5_000 + ".txt",
)
