"""Files: who may send them and see them, what becomes of what is in them, and how they are given out."""

from __future__ import annotations

import hashlib
import io
import socket as sockets
import struct
import threading
import zlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import gevent
import pytest
import requests
from bson import ObjectId
from flask import Flask
from flask.testing import FlaskClient
from gevent.event import Event
from mongoengine import get_db
from PIL import Image
from werkzeug.test import TestResponse

from app.auth.models import now
from app.chat import attachments
from app.chat.kept import Scheduled
from app.files import kinds, names, pictures, store, uploads
from app.files.errors import NotAPicture, PictureTooLarge
from app.files.models import File, soon_forgotten
from app.files.uploads import MB
from config import Settings
from tests.chat.stored import Connect, Documents, MakeRoom
from tests.people import NOBODYS_ID, PASSWORD, Person, Socket
from tests.server import Server, wait_for

BOUNDARY = "----standin"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"
TEXT = b"Dear Bob,\nthis is the plan.\n" * 10


def upload(person: Person, content: bytes = TEXT, name: str = "plan.txt", **fields: str) -> requests.Response:
    return person.write("POST", "/api/files", files={"file": (name, content, "image/png")}, data=fields)


def uploaded(person: Person, content: bytes = TEXT, name: str = "plan.txt") -> dict[str, Any]:
    answer = upload(person, content, name)
    assert answer.status_code == 201, answer.text
    file: dict[str, Any] = answer.json()["file"]
    return file


def send(socket: Socket, room_id: str, *file_ids: str, body: str = "", key: str = "") -> Any:
    form = {"room_id": room_id, "body": body, "client_message_id": key or f"f-{ObjectId()}", "file_ids": list(file_ids)}
    return socket.call("message:send", form)


def code(answer: requests.Response) -> str:
    found: str = answer.json()["error"]["code"]
    return found


def picture(size: tuple[int, int] = (900, 600), form: str = "JPEG", **options: Any) -> bytes:
    file = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(file, form, **options)
    return file.getvalue()


def photograph() -> bytes:
    """A picture that was taken with the camera on its side, and says where."""
    notes = Image.Exif()
    notes[0x0112], notes[0x010E] = 6, "SECRET PLACE"
    notes.get_ifd(0x8825)[1] = "N"
    return picture(exif=notes, comment=b"SECRET WORD")


def announced_png(width: int, height: int) -> bytes:
    """A small file that says to be a picture of this size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    rows = chunk(b"IDAT", zlib.compress(b"\0" * 5000))
    return b"\x89PNG\r\n\x1a\n" + head + rows + chunk(b"IEND", b"")


def raw_upload(server: Server, person: Person, body: bytes, length: int) -> sockets.socket:
    """The head of an upload that announces `length` bytes, and the beginning of its body."""
    connection = sockets.create_connection(("127.0.0.1", server.port), timeout=20)
    head = (
        f"POST /api/files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {person.token}\r\n"
        f"Content-Type: {MULTIPART}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    )
    connection.sendall(head.encode() + body)
    return connection


def part(content: bytes, name: str = "a.bin") -> bytes:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    return head.encode() + content


def answer_of(connection: sockets.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(65536), b""))


def test_a_file_goes_to_the_room_with_the_message_and_comes_out_as_it_went_in(
    ada: Person, bob: Person, room: MakeRoom, online: Connect
) -> None:
    den = room(ada, bob)
    author, reader = online(ada), online(bob)
    file = uploaded(ada)
    assert file == {**file, "name": "plan.txt", "type": "text/plain", "size": len(TEXT)}
    sent = send(author, den, file["id"], body="Here it is")["message"]
    assert sent["files"] == [{**file, "url": f"/api/files/{file['id']}"}]
    assert reader.wait_for("message:created")["message"] == sent
    assert bob.messages(den)[0]["files"] == sent["files"]
    for person in (ada, bob):
        found = person.get(sent["files"][0]["url"])
        assert (found.status_code, found.content) == (200, TEXT)


def test_a_message_with_files_need_not_say_anything_and_one_without_must(
    ada: Person, room: MakeRoom, online: Connect
) -> None:
    den, author = room(ada), online(ada)
    assert send(author, den, uploaded(ada)["id"], body="  \n")["message"]["body"] == ""
    refused = send(author, den)
    assert refused["error"] == {
        "code": "bad_input",
        "message": "body: Fill this in.",
        "fields": {"body": "Fill this in."},
    }
    assert len(ada.messages(den)) == 1


def test_an_outsider_gets_neither_the_file_nor_its_thumbnail(
    ada: Person, bob: Person, eve: Person, room: MakeRoom, online: Connect
) -> None:
    den = room(ada, bob)
    file = uploaded(ada, picture(), "p.jpg")
    for stranger in (bob, eve):  # in no message yet, it is nobody's but Ada's
        assert code(stranger.get(f"/api/files/{file['id']}")) == "file_not_found"
    assert ada.get(f"/api/files/{file['id']}").status_code == 200
    send(online(ada), den, file["id"])
    assert bob.get(file["thumbnail_url"]).status_code == 200
    for path in (file["url"], file["thumbnail_url"]):
        assert code(eve.get(path)) == "file_not_found"
        assert requests.get(f"{ada.url}{path}", timeout=20).status_code == 401


def test_who_leaves_the_room_does_not_get_its_files_any_more(
    ada: Person, bob: Person, room: MakeRoom, online: Connect, documents: Documents
) -> None:
    den, file = room(ada, bob), uploaded(ada)
    send(online(ada), den, file["id"])
    documents["memberships"].delete_one({"room": ObjectId(den), "user": ObjectId(bob.id)})
    assert code(bob.get(file["url"])) == "file_not_found"


@pytest.mark.parametrize("file_id", ["nothing", NOBODYS_ID])
def test_a_file_that_there_is_not_is_not_found(ada: Person, file_id: str) -> None:
    assert ada.get(f"/api/files/{file_id}").status_code == 404
    assert ada.get(f"/api/files/{file_id}/thumbnail").status_code == 404


def test_a_file_of_somebody_else_or_of_another_message_cannot_be_sent_and_nothing_is(
    ada: Person, bob: Person, room: MakeRoom, online: Connect
) -> None:
    den = room(ada, bob)
    hers, his = uploaded(ada), uploaded(bob)
    author = online(ada)
    for file_id in (his["id"], NOBODYS_ID):
        assert send(author, den, hers["id"], file_id)["error"]["code"] == "file_not_found"
    assert send(author, den, "nothing")["error"]["code"] == "bad_input"
    assert send(author, den, *[str(ObjectId()) for _ in range(11)])["error"]["code"] == "bad_input"
    assert ada.messages(den) == []
    assert send(author, den, hers["id"], hers["id"])["ok"]  # still hers to send, and once
    assert send(author, den, hers["id"])["error"]["code"] == "file_not_found"
    assert [len(message["files"]) for message in ada.messages(den)] == [1]


def test_the_same_message_sent_again_keeps_its_files(ada: Person, room: MakeRoom, online: Connect) -> None:
    den, author, file = room(ada), online(ada), uploaded(ada)
    first = send(author, den, file["id"], key="twice")
    again = send(author, den, file["id"], key="twice")
    assert first["ok"]
    assert again == first
    assert author.call("message:delete", {"message_id": first["message"]["id"]})["ok"]
    assert send(author, den, file["id"], key="twice")["message"]["deleted_at"]


def test_of_many_sends_of_one_file_at_once_one_has_it(ada: Person, room: MakeRoom, online: Connect) -> None:
    den, file = room(ada), uploaded(ada)
    authors = [online(ada) for _ in range(6)]
    answers: list[Any] = []
    threads = [threading.Thread(target=lambda a=each: answers.append(send(a, den, file["id"]))) for each in authors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer["ok"] for answer in answers) == [False] * 5 + [True]
    assert len(ada.messages(den)) == 1


def test_a_deleted_messages_files_are_gone_at_once(
    ada: Person, bob: Person, room: MakeRoom, online: Connect, documents: Documents
) -> None:
    den, author = room(ada, bob), online(ada)
    file = uploaded(ada, picture((1500, 1000)), "p.jpg")
    blobs = documents["files"].find_one({"_id": ObjectId(file["id"])})["blobs"]
    assert documents["contents.files"].count_documents({"_id": {"$in": blobs}}) == 2
    sent = send(author, den, file["id"])["message"]
    deleted = author.call("message:delete", {"message_id": sent["id"]})["message"]
    assert deleted["files"] == []
    for person in (ada, bob):
        assert code(person.get(file["url"])) == "file_not_found"
    assert documents["files"].count_documents({"_id": ObjectId(file["id"])}) == 0
    for collection, key in (("contents.files", "_id"), ("contents.chunks", "files_id")):
        assert documents[collection].count_documents({key: {"$in": blobs}}) == 0


def test_a_forwarded_file_is_seen_in_both_rooms_and_stays_until_it_is_in_neither(
    ada: Person, bob: Person, eve: Person, room: MakeRoom, online: Connect
) -> None:
    den, attic, author = room(ada, bob), room(ada, eve), online(ada)
    file = uploaded(ada)
    first = send(author, den, file["id"])["message"]
    form = {"message_id": first["id"], "room_id": attic, "client_message_id": "forwarded-file"}
    second = author.call("message:forward", form)["message"]
    assert second["files"] == first["files"]
    assert [person.get(file["url"]).status_code for person in (ada, bob, eve)] == [200, 200, 200]
    author.call("message:delete", {"message_id": first["id"]})
    assert [person.get(file["url"]).status_code for person in (ada, bob, eve)] == [200, 404, 200]
    author.call("message:delete", {"message_id": second["id"]})
    assert [person.get(file["url"]).status_code for person in (ada, bob, eve)] == [404, 404, 404]


def test_whoever_has_no_right_to_write_cannot_upload(server: Server, ada: Person) -> None:
    form = {"file": ("a.txt", TEXT)}
    url = f"{server.url}/api/files"
    assert code(requests.post(url, files=form, timeout=20)) == "not_authenticated"
    assert code(requests.post(url, files=form, cookies=ada.http.cookies, timeout=20)) == "csrf_failed"
    data = {"csrf_token": ada.http.cookies["csrf_access_token"]}  # in the body, which is not read for it
    assert code(requests.post(url, files=form, data=data, cookies=ada.http.cookies, timeout=20)) == "csrf_failed"
    headers = {"Authorization": f"Bearer {ada.token}", "Origin": "https://evil.example"}
    assert code(requests.post(url, files=form, headers=headers, timeout=20)) == "foreign_origin"
    headers.pop("Origin")
    assert requests.post(url, files=form, headers=headers, timeout=20).status_code == 201


def test_a_file_for_a_room_one_is_not_in_is_refused_and_not_kept(
    ada: Person, eve: Person, room: MakeRoom, documents: Documents
) -> None:
    den = room(ada)
    assert upload(ada, room_id=den).status_code == 201
    assert code(upload(eve, room_id=den)) == "room_not_found"
    assert code(upload(eve, room_id="nothing")) == "bad_input"
    assert documents["files"].count_documents({"owner": ObjectId(eve.id), "is_whole": True}) == 0


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", f"multipart/form-data; boundary={BOUNDARY}"),
        (b'{"file": "x"}', "application/json"),
        (part(b"abc"), f"multipart/form-data; boundary={BOUNDARY}"),
        (part(b"abc"), "multipart/form-data"),
        (part(b"") + f"\r\n--{BOUNDARY}--\r\n".encode(), f"multipart/form-data; boundary={BOUNDARY}"),
        (
            part(b"a") + b"\r\n" + part(b"b") + f"\r\n--{BOUNDARY}--\r\n".encode(),
            f"multipart/form-data; boundary={BOUNDARY}",
        ),
    ],
    ids=["nothing", "json", "cut off", "no boundary", "empty file", "two files"],
)
def test_what_is_no_form_with_one_file_is_refused_and_nothing_is_kept(
    server: Server, documents: Documents, body: bytes, kind: str
) -> None:
    zoe = Person(server.url, "Zoe")
    headers = {"Authorization": f"Bearer {zoe.token}", "Content-Type": kind}
    answer = requests.post(f"{server.url}/api/files", data=body, headers=headers, timeout=20)
    assert (answer.status_code, code(answer) in {"no_file", "bad_upload"}) == (400, True)
    assert documents["files"].count_documents({"owner": ObjectId(zoe.id)}) == 0


def test_a_file_in_a_part_of_another_name_is_refused(ada: Person) -> None:
    answer = ada.write("POST", "/api/files", files={"upload": ("a.txt", TEXT)})
    assert code(answer) == "no_file"


def test_a_file_that_is_too_large_is_refused_before_and_while_it_arrives(
    make_server: Callable[..., Server],
) -> None:
    server = make_server(STANDIN_MAX_FILE_MB="1").start()
    ada = Person(server.url, "Ada")
    assert upload(ada, b"x" * 1024 * 1024, "a.bin").status_code == 201
    with raw_upload(server, ada, part(b""), 10**9) as connection:  # announced, and nothing more of it read
        assert answer_of(connection).startswith(b"HTTP/1.1 413")
    refused = upload(ada, b"x" * (1024 * 1024 + 1), "a.bin")
    assert (refused.status_code, code(refused)) == (413, "too_large")
    assert "1 MB" in refused.json()["error"]["message"]

    def chunks() -> Any:
        yield part(b"")
        for _ in range(40):
            yield b"x" * 65536

    headers = {"Authorization": f"Bearer {ada.token}", "Content-Type": MULTIPART}
    unannounced = requests.post(f"{server.url}/api/files", data=chunks(), headers=headers, timeout=20)
    assert (unannounced.status_code, code(unannounced)) == (413, "too_large")


def test_an_upload_that_is_cut_off_leaves_nothing(server: Server, documents: Documents) -> None:
    zoe = Person(server.url, "Zoe")
    mine = {"owner": ObjectId(zoe.id)}
    with raw_upload(server, zoe, part(b"x" * 600_000), 10**6):
        begun = wait_for(lambda: documents["files"].find_one(mine), "the upload to begin")
        wait_for(
            lambda: documents["contents.chunks"].count_documents({"files_id": {"$in": begun["blobs"]}}) == 2,
            "what came to be stored",
        )
    wait_for(lambda: documents["files"].count_documents(mine) == 0, "the rest of it to be removed")
    assert documents["contents.chunks"].count_documents({"files_id": {"$in": begun["blobs"]}}) == 0
    assert requests.get(f"{server.url}/health", timeout=5).ok


def test_one_user_has_only_so_many_uploads_under_way(server: Server, documents: Documents) -> None:
    zoe = Person(server.url, "Zoe")
    begun = [raw_upload(server, zoe, part(b"x"), 10**6) for _ in range(uploads.MOST_AT_ONCE)]
    mine = {"owner": ObjectId(zoe.id)}
    wait_for(lambda: documents["files"].count_documents(mine) == len(begun), "all of them to begin")
    refused = upload(zoe)
    assert (refused.status_code, code(refused)) == (429, "too_many_uploads")
    for connection in begun:
        connection.close()
    wait_for(lambda: upload(zoe).status_code == 201, "room for another one")


def test_a_photograph_is_turned_upright_and_says_nothing_of_where_it_was_taken(ada: Person) -> None:
    file = uploaded(ada, photograph(), "beach.jpg")
    assert (file["type"], file["width"], file["height"]) == ("image/jpeg", 600, 900)
    given = ada.get(file["url"])
    assert b"SECRET" not in given.content
    image = Image.open(io.BytesIO(given.content))
    assert (image.size, dict(image.getexif())) == ((600, 900), {})
    assert file["size"] == len(given.content)
    small = ada.get(file["thumbnail_url"])
    assert small.headers["Content-Type"] == "image/webp"
    assert Image.open(io.BytesIO(small.content)).size == (427, 640)


@pytest.mark.parametrize("form", ["GIF", "WEBP"])
def test_a_picture_that_moves_goes_on_moving(ada: Person, form: str) -> None:
    frames = [Image.effect_noise((60, 40), sigma) for sigma in (10, 50, 90)]
    file = io.BytesIO()
    frames[0].save(file, form, save_all=True, append_images=frames[1:], duration=80, loop=0)
    given = ada.get(uploaded(ada, file.getvalue(), "cat.gif")["url"])
    assert Image.open(io.BytesIO(given.content)).n_frames == 3


def test_what_hides_behind_the_pixels_is_not_kept(ada: Person) -> None:
    script = b"<script>alert(1)</script>"
    file = uploaded(ada, picture() + script, "p.jpg.html")
    assert script not in ada.get(file["url"]).content
    assert ada.get(file["url"]).headers["Content-Type"] == "image/jpeg"


@pytest.mark.parametrize("size", [(20_000, 20_000), (8_000, 7_000)])
def test_a_picture_of_too_many_pixels_is_refused(ada: Person, documents: Documents, size: tuple[int, int]) -> None:
    before = documents["contents.chunks"].estimated_document_count()
    answer = upload(ada, announced_png(*size), "bomb.png")
    assert (answer.status_code, code(answer)) == (413, "picture_too_large")
    assert documents["contents.chunks"].estimated_document_count() == before


def test_a_broken_picture_is_a_file_that_nobody_is_shown(ada: Person) -> None:
    for content in (picture()[:5000], announced_png(90, 90)):
        file = uploaded(ada, content, "p.png")
        assert file["type"] == "application/octet-stream"
        given = ada.get(file["url"])
        assert given.content == content
        assert given.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "text/plain"),
        (b"<!doctype html><script>alert(1)</script>", "text/plain"),
        (b"<?xml version='1.0'?><x/>", "text/plain"),
        (b"GIF89a/*<script>alert(1)</script>*/=1;", "application/octet-stream"),
        (b" %PDF-1.7<script>alert(1)</script>", "text/plain"),
        (b"PK\x03\x04....", "application/zip"),
        (b"MZ\x90\0", "application/octet-stream"),
    ],
)
def test_what_could_do_something_is_saved_and_not_shown(ada: Person, content: bytes, kind: str) -> None:
    file = uploaded(ada, content, "picture.png")
    assert file["type"] == kind
    headers = ada.get(file["url"]).headers
    assert headers["Content-Disposition"].startswith("attachment;")
    assert headers["Content-Type"].split(";")[0] in {"text/plain", "application/octet-stream"}
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in headers["Content-Security-Policy"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_a_pdf_is_opened_by_the_browser_in_a_page_in_which_nothing_may_run(ada: Person) -> None:
    file = uploaded(ada, b"%PDF-1.7\n<script>alert(1)</script>", "picture.html")
    assert file["type"] == "application/pdf"
    headers = ada.get(file["url"]).headers
    assert (headers["Content-Type"], headers["X-Content-Type-Options"]) == ("application/pdf", "nosniff")
    assert headers["Content-Disposition"].startswith("inline;")
    policy = headers["Content-Security-Policy"]
    assert {"default-src 'none'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"} <= set(
        policy.split("; ")
    )
    assert "script-src" not in policy
    assert "sandbox" not in policy
    saved = ada.get(f"{file['url']}?download").headers
    assert saved["Content-Disposition"].startswith("attachment;")
    assert "sandbox" in saved["Content-Security-Policy"]
    assert "sandbox" in ada.get(uploaded(ada, b"GIF89a....", "x.gif")["url"]).headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"ID3\x04", "audio/mpeg"),
        (b"RIFF\0\0\0\0WAVEfmt ", "audio/wav"),
        (b"\0\0\0\x18ftypmp42", "video/mp4"),
        (b"\0\0\0\x18ftypM4A ", "audio/mp4"),
        (b"\x1a\x45\xdf\xa3....\x42\x82\x84webm", "video/webm"),
        (b"OggS" + b"\0" * 24 + b"OpusHead", "audio/ogg"),
        (b"fLaC", "audio/flac"),
    ],
)
def test_sound_and_films_are_shown_in_their_place(ada: Person, head: bytes, kind: str) -> None:
    file = uploaded(ada, head + b"\0" * 100, "x")
    headers = ada.get(file["url"]).headers
    assert (file["type"], headers["Content-Type"]) == (kind, kind)
    assert headers["Content-Disposition"].startswith("inline;")
    assert ada.get(f"{file['url']}?download").headers["Content-Disposition"].startswith("attachment;")


def test_text_whose_last_character_is_cut_where_we_stop_looking_is_text() -> None:
    head = ("x" * (kinds.HEAD - 1) + "ü").encode()[: kinds.HEAD]
    assert kinds.recognised(head) == "text/plain"
    assert kinds.recognised(b"abc\xff") == "application/octet-stream"


@pytest.mark.parametrize(
    ("given", "cleaned"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ada\\plan.txt", "plan.txt"),
        ("invoice\u202egpj.exe", "invoicegpj.exe"),
        ("a\r\nSet-Cookie: x=1\n.txt", "a Set-Cookie: x=1 .txt"),
        ("tab\tand\0nul", "tab andnul"),
        ("..", "file"),
        ("", "file"),
        (None, "file"),
        ("Zoë's “plan”.txt", "Zoë's “plan”.txt"),
        ("u\u0308.txt", "ü.txt"),
        ("ü" * 200 + ".txt", "ü" * 125 + ".txt"),
        ("." + "x" * 300, ("." + "x" * 300)[:255]),
    ],
)
def test_a_name_is_cleaned_of_paths_and_of_what_cannot_be_seen(given: str | None, cleaned: str) -> None:
    assert names.cleaned(given) == cleaned


def test_a_name_in_another_script_is_told_as_it_is(ada: Person) -> None:
    url = uploaded(ada, name="Zoë's plan 計画.txt")["url"]
    plain, exact = "Zo_'s plan __.txt", "Zo%C3%AB%27s%20plan%20%E8%A8%88%E7%94%BB.txt"
    told = ada.get(url).headers["Content-Disposition"]
    assert told == f"attachment; filename=\"{plain}\"; filename*=UTF-8''{exact}"


def test_a_file_is_given_in_parts(ada: Person) -> None:
    content = bytes(range(256)) * 4096  # four chunks and a bit
    url = uploaded(ada, content, "a.bin")["url"]
    whole = ada.get(url)
    assert (whole.headers["Accept-Ranges"], int(whole.headers["Content-Length"])) == ("bytes", len(content))
    for spec, part_of_it in (
        ("bytes=0-0", content[:1]),
        ("bytes=261000-261500", content[261000:261501]),
        ("bytes=1048000-", content[1048000:]),
        ("bytes=-5", content[-5:]),
        ("bytes=261120-522239", content[261120:522240]),
    ):
        found = ada.get(url, headers={"Range": spec})
        assert (found.status_code, found.content) == (206, part_of_it)
        assert found.headers["Content-Range"].endswith(f"/{len(content)}")
    beyond = ada.get(url, headers={"Range": f"bytes={len(content)}-"})
    assert (beyond.status_code, code(beyond)) == (416, "bad_range")
    several = ada.get(url, headers={"Range": "bytes=0-1,4-5"})
    assert (several.status_code, several.content, several.headers["Accept-Ranges"]) == (200, content, "bytes")
    changed = ada.get(url, headers={"Range": "bytes=0-1", "If-Range": '"another"'})
    assert (changed.status_code, changed.content) == (200, content)
    same = ada.get(url, headers={"Range": "bytes=0-1", "If-Range": whole.headers["ETag"]})
    assert (same.status_code, same.content) == (206, content[:2])


def test_a_file_that_the_browser_has_is_not_sent_again(ada: Person) -> None:
    file = uploaded(ada, picture((1500, 1000)), "p.jpg")
    for url in (file["url"], file["thumbnail_url"]):
        first = ada.get(url)
        assert first.headers["Cache-Control"] == "private, no-cache"
        again = ada.get(url, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")


def test_the_files_of_a_room_are_listed_page_by_page_for_its_members(
    ada: Person, eve: Person, room: MakeRoom, online: Connect
) -> None:
    den, author = room(ada), online(ada)
    sent = [send(author, den, uploaded(ada)["id"], body=str(number))["message"] for number in range(3)]
    author.send(den, "no file")
    author.call("message:delete", {"message_id": sent[1]["id"]})
    path = f"/api/rooms/{den}/files"
    newest = ada.get(path, params={"limit": 1}).json()
    assert newest == {"messages": [sent[2]], "more": True}
    older = ada.get(path, params={"limit": 1, "before": sent[2]["seq"]}).json()
    assert older == {"messages": [sent[0]], "more": False}
    assert code(eve.get(path)) == "room_not_found"
    assert code(ada.get(path, params={"limit": "x"})) == "bad_input"


def test_a_large_picture_holds_up_nobody(server: Server, ada: Person) -> None:
    """Others are answered while it is being made anew, not only after."""
    content = picture((2000, 1500), "PNG")
    done = threading.Event()

    def work() -> None:
        assert upload(ada, content, "large.png").status_code == 201
        done.set()

    thread = threading.Thread(target=work)
    thread.start()
    answered = 0
    while not done.is_set():
        assert requests.get(f"{server.url}/health", timeout=5).ok
        answered += 1
    thread.join()
    assert answered > 1


@pytest.fixture
def owner(app: Flask) -> ObjectId:
    return ObjectId()


def kept(owner: ObjectId, **facts: Any) -> File:
    blob = ObjectId()
    digest = store.put(blob, TEXT)
    file = File(owner=owner, name="a", type="text/plain", size=len(TEXT), sha256=digest, blobs=[blob], content=blob)
    file.is_whole, file.expires_at = True, soon_forgotten()
    for name, value in facts.items():
        setattr(file, name, value)
    file.save()
    return file


def test_what_is_stored_is_what_was_given(owner: ObjectId) -> None:
    content = b"0123456789abcdef" * 40_000
    blob = ObjectId()
    assert store.put(blob, content) == hashlib.sha256(content).hexdigest()
    assert store.read_all(blob, len(content)) == content


def test_all_files_of_one_user_have_no_more_than_their_quota(
    app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "SETTINGS", settings.model_copy(update={"files_of_one_mb": 1}))

    def send_in(account: FlaskClient, content: bytes) -> TestResponse:
        headers = {"X-CSRF-TOKEN": account.get_cookie("csrf_access_token").value}  # type: ignore[union-attr]
        return account.post("/api/files", data={"file": (io.BytesIO(content), "a.bin")}, headers=headers)

    def sign_up(name: str) -> tuple[FlaskClient, ObjectId]:
        account = app.test_client()
        form = {"name": name, "email": f"{name}@example.com", "password": PASSWORD}
        return account, ObjectId(account.post("/users", json=form).get_json()["user"]["id"])

    (zoe, zoes_id), (other, _) = sign_up("Zoe"), sign_up("Max")
    before = kept(zoes_id, size=700_000)
    refused = send_in(zoe, b"x" * 400_000)
    assert refused.status_code == 413
    assert refused.get_json()["error"]["code"] == "too_much_kept"
    assert "1 MB" in refused.get_json()["error"]["message"]
    assert send_in(zoe, b"x" * (MB - 700_000)).status_code == 201, "to the last byte"
    assert send_in(zoe, b"x").status_code == 413, "which is known only when it is here"
    assert File.objects(owner=zoes_id).count() == 2
    assert set(get_db()["contents.chunks"].distinct("files_id")) == {file.content for file in File.objects}
    assert send_in(other, b"x" * 400_000).status_code == 201, "another one's are not counted"
    uploads.discard(before)
    assert send_in(zoe, b"x").status_code == 201


def test_what_is_sent_for_no_message_is_removed_after_a_day(owner: ObjectId) -> None:
    fresh, old = kept(owner), kept(owner, expires_at=now() - timedelta(seconds=1))
    assert attachments.tidy() == 1
    assert [file.id for file in File.objects] == [fresh.id]
    with pytest.raises(BrokenPipeError):
        store.read_all(old.content, 10)


def test_a_file_whose_message_waits_to_be_sent_is_kept_as_long_as_that(owner: ObjectId) -> None:
    file = kept(owner, expires_at=now() - timedelta(seconds=1), sent_as="m")
    waits = {"room": ObjectId(), "client_message_id": "m", "files": [attachments.stored(file)]}
    one = Scheduled(user=owner, at=now() + timedelta(days=9), **waits).save()
    assert attachments.tidy() == 0
    assert File.objects.get().expires_at > now()
    one.delete()
    File.objects.update(expires_at=now() - timedelta(seconds=1))
    assert attachments.tidy() == 1


def test_a_file_whose_message_is_stored_outlives_a_process_that_died_before_it_noted_that(
    owner: ObjectId, app: Flask
) -> None:
    file = kept(owner, expires_at=now() - timedelta(seconds=1), sent_as="m", doomed_at=None)
    doomed = kept(owner, sent_as="m", doomed_at=now() - timedelta(hours=1))
    get_db()["messages"].insert_one(
        {
            "room": ObjectId(),
            "seq": 1,
            "sender": owner,
            "origin": "person",
            "client_message_id": "m",
            "files": [{"id": file.id}, {"id": doomed.id}],
        }
    )
    assert attachments.tidy() == 0
    expected = {(one.id, None, None) for one in (file, doomed)}
    assert {(one.id, one.expires_at, one.doomed_at) for one in File.objects(message__ne=None)} == expected


def test_the_darkroom_tells_what_is_no_picture_from_what_is_too_large() -> None:
    with pytest.raises(NotAPicture):
        pictures.anew(b"nothing of the kind", ObjectId())
    with pytest.raises(PictureTooLarge):
        pictures.anew(announced_png(10_000, 10_000), ObjectId())


def test_whoever_sends_pictures_that_take_long_leaves_room_for_those_of_others(
    monkeypatch: pytest.MonkeyPatch, loop_time: None
) -> None:
    done, is_over = [], Event()

    def run(_work: str, data: bytes) -> bytes:
        if data == b"long":
            is_over.wait()
        done.append(data)
        return b'{"error": "not_a_picture"}\n'

    def develop(data: bytes, owner: ObjectId) -> None:
        with pytest.raises(NotAPicture):
            pictures.anew(data, owner)

    monkeypatch.setattr(pictures, "_run", run)
    mallory = ObjectId()
    long = [gevent.spawn(develop, b"long", mallory) for _ in range(3)]
    gevent.sleep(0)
    gevent.spawn(develop, b"quick", ObjectId()).get(timeout=30)
    assert done == [b"quick"]
    is_over.set()
    gevent.joinall(long, timeout=30, raise_error=True)
    assert done == [b"quick", b"long", b"long", b"long"]
