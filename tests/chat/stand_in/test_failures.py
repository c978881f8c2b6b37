"""What people see of a provider that is slow, refuses, breaks off or talks nonsense: an away line, never an error."""

from __future__ import annotations

from typing import Any

from tests.ai_provider import start_provider
from tests.chat.busy import set_status, set_up
from tests.chat.stored import add_room, open_database
from tests.people import Person, Socket
from tests.server import Server, wait_for

LONG = (
    "Look \U0001f9a9: the plan is in the wiki, on page three, below the picture of the two herons \U0001f9a9\U0001f9a9."
)
ERROR = {"message": "sk-secret: Incorrect", "type": "error"}
FAILING: dict[str, dict[str, Any]] = {
    "too-many": {"response": {"status": 429, "retryAfter": 0, "error": ERROR}},
    "broken-inside": {"response": {"status": 500, "error": ERROR}},
    "wrong-key": {"response": {"status": 401, "error": ERROR}},
    "half-a-stream": {"response": {"content": LONG}, "chunkSize": 8, "latency": 150, "truncateAfterChunks": 6},
    "hung-up": {"response": {"content": LONG}, "chunkSize": 8, "latency": 150, "disconnectAfterMs": 700},
    "not-json": {"response": {"content": "x"}, "chaos": {"malformedRate": 1}},
    "says-nothing": {"response": {"content": ""}},
}
REASONS = {
    "too-many": "rate_limited",
    "broken-inside": "server_error",
    "wrong-key": "refused",
    "half-a-stream": "unreachable",
    "says-nothing": "bad_answer",
}
# It cuts its pieces by halves of characters, the first of them in the bird.
SLOW = {"slow-pieces": {"response": {"content": LONG}, "chunkSize": 6, "latency": 250}}


def test_each_way_to_fail_ends_in_an_away_line_for_the_sender_and_a_failed_answer_for_who_asks(
    tmp_path: Any,
) -> None:
    fixtures = [{"match": {"userMessage": words}, **how} for words, how in {**FAILING, **SLOW}.items()]
    provider = start_provider(fixtures)
    server = Server(tmp_path / "server", OPENAI_API_KEY="sk-secret", OPENAI_BASE_URL=provider.base_url).start()
    try:
        _see(server)
    finally:
        server.stop()
        provider.stop()


def _see(server: Server) -> None:
    ada = Person(server.url, "Ada")
    set_up(ada)
    owner = ada.connect()
    set_status(owner, "busy", note="Back at 3")
    askers = {words: Person(server.url, "Bob") for words in (*FAILING, *SLOW)}
    with open_database(server) as documents:
        dens = {words: add_room(documents, ada, asker) for words, asker in askers.items()}
    sockets = {words: asker.connect() for words, asker in askers.items()}
    for words, socket in sockets.items():
        socket.send(dens[words], f"Where is the plan? {words}")
    for words in FAILING:
        _failed(askers[words], sockets[words], dens[words], words)
    done = sockets["slow-pieces"].wait_for("message:completed", room_id=dens["slow-pieces"])["message"]
    assert (done["state"], done["body"]) == ("done", LONG)
    reasons = {call["message_id"]: call["reason"] for call in ada.get("/api/stand-in/audit").json()["calls"]}
    for words, reason in REASONS.items():
        assert reasons[askers[words].messages(dens[words])[0]["id"]] == reason
    _ask_all(askers, sockets, dens)
    for socket in (owner, *sockets.values()):
        socket.close()


def _failed(asker: Person, socket: Socket, den: str, words: str) -> None:
    """Whatever had been begun is empty, and one plain line follows."""
    line = wait_for(lambda: _away_line(asker, den), f"the away line for {words}")
    assert line["body"].endswith("Ada left this note: Back at 3")
    begun = [message for message in asker.messages(den) if message["origin"] == "standin" and message != line]
    assert [(message["state"], message["body"]) for message in begun] in ([], [("failed", "")])
    for payload in socket.heard:
        assert "sk-secret" not in str(payload)
        assert "Incorrect" not in str(payload)


def _away_line(asker: Person, den: str) -> Any:
    return next((message for message in asker.messages(den) if message["body"].startswith("Ada is busy")), None)


def _ask_all(askers: dict[str, Person], sockets: dict[str, Socket], dens: dict[str, str]) -> None:
    """The same questions to the AI itself: nothing is there but an empty answer that says that it failed."""
    for words, socket in sockets.items():
        form = {"room_id": dens[words], "question": words, "client_message_id": "asked"}
        assert socket.call("assistant:ask", form)["ok"]
    for words, socket in sockets.items():
        ended = socket.wait_for("message:completed", asked_by=askers[words].id, on_behalf_of=_oneself(askers[words]))
        expected = ("done", LONG) if words in SLOW else ("failed", "")
        assert (ended["message"]["state"], ended["message"]["body"]) == expected, words


def _oneself(asker: Person) -> dict[str, str]:
    return {"id": asker.id, "name": asker.name}
