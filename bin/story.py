"""What is going on in the workspace that the screenshots show: who is there, and who says what."""

from __future__ import annotations

import io
import math
from datetime import UTC, datetime, timedelta

from bson import ObjectId
from PIL import Image, ImageDraw

from tests.chat.busy import set_up
from tests.chat.search.find import settled
from tests.chat.stored import Documents
from tests.people import Person, Socket

ANSWER = (
    "The one from Monday: Jonas wrote that it has the final numbers. "
    "Whether the forecast goes in as well, I'll leave for Jonas."
)
SUMMARY = (
    "- Tomás asks whether the forecast goes in at three [3]. Your stand-in named Monday's sheet [4].\n"
    "- The demo has moved to the second floor, the room with the plants [6].\n"
    "- The sign-up form is on staging, to be clicked through before three [1]."
)
NOTE = "Pricing workshop"

# Who says what, and when on the reader's clock.
EARLIER = [
    ("Priya", "12:41", "The new sign-up form is on staging. Please click through it before three."),
    ("Jonas", "13:05", "Two sheets are in the folder. The one from Monday has the final numbers."),
]
QUESTION = ("Tomás", "13:32", "@Jonas which sheet do we show at three? And does the forecast go in?")
LATER = [
    ("Maya", "13:36", "Monday's it is. I'll start with the form."),
    ("Priya", "13:51", "@Maya the demo has moved to the second floor, the room with the plants."),
    (
        "Priya",
        "13:52",
        "This time I'm bringing the **adapter**. The order of things:\n\n1. the form\n2. `make demo`\n3. questions",
    ),
]
SAID = len(EARLIER) + len(LATER) + 2
ABOUT = {"Design": "How it looks, and why", "Launch": "Everything for the 14th", "Hiring": ""}
HILLS = ["#f0c89a", "#d9b48a", "#8fb8a2", "#4f8f79", "#2a6b58", "#17493c"]


def tell(cast: dict[str, Person], documents: Documents) -> str:
    """Let it happen. The room called Design."""
    sockets = {name: person.connect() for name, person in cast.items()}
    talk(cast, sockets, documents)
    design = furnish(cast, sockets)
    sockets.pop("Maya").close()
    return design


def talk(cast: dict[str, Person], sockets: dict[str, Socket], documents: Documents) -> None:
    """Let them talk, then move what was said to the times at which it is told to have been said."""
    lobby = cast["Maya"].lobby()
    for name, _, text in EARLIER:
        sockets[name].send(lobby, text)
    set_up(cast["Jonas"])
    sockets["Jonas"].call("status:set", {"status": "busy", "until": at("16:00").isoformat(), "note": NOTE})
    sockets[QUESTION[0]].send(lobby, QUESTION[2])
    sockets["Maya"].wait_for("message:created", 20, origin="standin")
    for name, _, text in LATER:
        said = sockets[name].send(lobby, text)
        if "plants" in text:
            moved = said
    for name, emoji in (("Tomás", "\N{SEEDLING}"), ("Maya", "\N{SEEDLING}"), ("Jonas", "\N{THUMBS UP SIGN}")):
        sockets[name].call("message:react", {"message_id": moved["id"], "emoji": emoji, "on": True})
    for name, text in (("Tomás", "Is there a projector?"), ("Priya", "A large one. I checked.")):
        in_thread = {"room_id": lobby, "body": text, "client_message_id": text, "thread_id": moved["id"]}
        sockets[name].call("message:send", in_thread)
    keep(sockets["Maya"], lobby, moved["id"], said["id"])
    settled(documents, lobby)
    times = [at(time) for _, time, _ in [*EARLIER, QUESTION, QUESTION, *LATER]]
    for seq, moment in enumerate(times, 1):
        documents["messages"].update_one({"room": ObjectId(lobby), "seq": seq}, {"$set": {"created_at": moment}})
    read = {"$set": {"last_read_seq": len(times) - 2}}
    documents["memberships"].update_one({"user": ObjectId(cast["Maya"].id), "room": ObjectId(lobby)}, read)


def keep(maya: Socket, lobby: str, moved: str, order: str) -> None:
    """What she finds in the panels: pins, bookmarks, a reminder, a message that waits."""
    maya.call("message:pin", {"message_id": moved, "on": True})
    maya.call("message:bookmark", {"message_id": order, "on": True})
    maya.call("reminder:set", {"message_id": moved, "at": at("14:40").isoformat(), "note": "Take the adapter along"})
    waits = {"room_id": lobby, "body": "Thank you all, that went well!", "client_message_id": "waits"}
    maya.call("message:schedule", {**waits, "at": at("16:30").isoformat()})


def furnish(cast: dict[str, Person], sockets: dict[str, Socket]) -> str:
    """Rooms besides the Lobby, with something unread in some of them. The one called Design."""
    maya, others = sockets["Maya"], [cast[name].id for name in ("Jonas", "Priya", "Tomás")]
    made: dict[str, str] = {}
    for kind, name in (("open", "Design"), ("open", "Launch"), ("closed", "Hiring")):
        details = {"kind": kind, "name": name, "description": ABOUT[name], "member_ids": others}
        made[name] = maya.call("room:create", details)["room"]["id"]
    sockets["Tomás"].send(made["Launch"], "@Maya the press kit is up.")
    for name in ("Priya", "Jonas"):
        room = maya.call("room:create", {"kind": "direct", "member_ids": [cast[name].id]})["room"]
        if name == "Priya":
            sockets["Priya"].send(room["id"], "Lunch after the demo?")
    files = [upload(cast["Priya"], "valley.png", picture()), upload(cast["Priya"], "palette.pdf", b"%PDF-1.4")]
    said = {"room_id": made["Design"], "client_message_id": "files", "file_ids": files}
    sockets["Priya"].call("message:send", {**said, "body": "The valley for the first page, and where its colours are."})
    return made["Design"]


def upload(person: Person, name: str, content: bytes) -> str:
    file_id: str = person.write("POST", "/api/files", files={"file": (name, content)}).json()["file"]["id"]
    return file_id


def picture() -> bytes:
    """Hills one behind the other."""
    image, file = Image.new("RGB", (1200, 800), "#fbeedd"), io.BytesIO()
    draw = ImageDraw.Draw(image)
    draw.ellipse((820, 120, 960, 260), fill="#f0ad72")
    for number, colour in enumerate(HILLS):
        heights = [300 + 85 * number + 45 * math.sin(x / (150 + 30 * number) + 2.1 * number) for x in range(1201)]
        draw.polygon([(0, 800), *enumerate(heights), (1200, 800)], fill=colour)
    image.save(file, "PNG")
    return file.getvalue()


def zone() -> str:
    """A time zone in which it is about two in the afternoon, so that the pictures do not tell when they were drawn.

    The signs of these names are the wrong way round, as POSIX has them.
    """
    return f"Etc/GMT{-hours_ahead():+d}"


def hours_ahead() -> int:
    return 14 - datetime.now(UTC).hour


def at(time: str) -> datetime:
    """This time of today on the reader's clock."""
    hour, minute = map(int, time.split(":"))
    today = (datetime.now(UTC) + timedelta(hours=hours_ahead())).replace(second=0, microsecond=0)
    return today.replace(hour=hour, minute=minute) - timedelta(hours=hours_ahead())
