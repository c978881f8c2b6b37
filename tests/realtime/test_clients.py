"""The clients that people use: python-socketio and the JavaScript client of Socket.IO."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.realtime.transport import ROOT, Transport, receive

TRANSPORTS = [["websocket"], ["polling"], ["polling", "websocket"]]

SCRIPT = """
import { io } from "socket.io-client";
const [url, transports] = [process.argv[1], JSON.parse(process.argv[2])];
const heard = [];
const socket = io(url, { transports, auth: { who: "JavaScript" } });
const refused = io(url, { transports, auth: { refuse: true }, forceNew: true });
const unknown = io(url + "/unknown", { transports, forceNew: true });
const message = (other) =>
  new Promise((resolve) => other.on("connect_error", (error) => resolve([error.message, error.data])));
const auth = new Promise((resolve) => socket.on("auth", resolve));
const drained = new Promise((resolve) => socket.on("said", (body) => body === "end" ? resolve() : heard.push(body)));
const [refusal, noSuch] = [message(refused), message(unknown)];
const result = { auth: await auth, refused: await refusal, unknown: await noSuch };
result.ack = await socket.emitWithAck("message-with-ack", "ünï", { deep: [1] });
result.binary = [...(await socket.emitWithAck("message-with-ack", new Uint8Array([1, 2, 3])))];
await socket.emitWithAck("join", "javascript");
for (let n = 0; n < 50; n++) socket.emit("say", "javascript", n);
socket.emit("say", "javascript", "end");
await drained;
result.heard = heard;
result.transport = socket.io.engine.transport.name;
socket.on("question", (question, answer) => answer("because"));
result.answer = await socket.emitWithAck("ask", "question", "?");
result.reason = await new Promise((resolve) => { socket.on("disconnect", resolve); socket.emit("disconnect_me"); });
console.log(JSON.stringify(result));
process.exit(0);
"""


@pytest.mark.parametrize("transports", TRANSPORTS, ids="-".join)
def test_the_python_client(transport: Transport, transports: list[str]) -> None:
    client = transport.client(*transports, auth={"who": "Python"})
    assert client.receive(timeout=30) == ["auth", {"who": "Python"}]
    assert client.receive(timeout=30) == ["auth:again", {"who": "Python"}]
    assert client.transport == transports[-1]
    assert client.call("message-with-ack", ("ünï", {"deep": [1]}), timeout=30) == ("ünï", {"deep": [1]})
    assert client.call("message-with-ack", b"\1\2\3", timeout=30) == b"\1\2\3"
    room = f"python {transports}"
    assert client.call("join", room, timeout=30) == room
    for number in range(50):
        client.emit("say", (room, number))
    assert [client.receive(timeout=30) for _ in range(50)] == [["said", number] for number in range(50)]


@pytest.mark.parametrize("transports", TRANSPORTS, ids="-".join)
def test_the_javascript_client(transport: Transport, transports: list[str]) -> None:
    command = ["node", "--input-type=module", "-e", SCRIPT, transport.url, json.dumps(transports)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "auth": {"who": "JavaScript"},
        "refused": ["refused", {"refuse": True}],
        "unknown": ["Invalid namespace", None],
        "ack": "ünï",
        "binary": [1, 2, 3],
        "heard": list(range(50)),
        "transport": transports[-1],
        "answer": "because",
        "reason": "io server disconnect",
    }


def test_clients_on_all_transports_share_a_room(transport: Transport) -> None:
    clients = [transport.client(*transports) for transports in TRANSPORTS]
    for client in clients:
        assert client.call("join", "shared", timeout=30) == "shared"
    ws, _ = transport.member()
    ws.send('421["say","shared",{"to":"all"}]')
    assert receive(ws) == "431[1]"
    for client in clients:
        while (event := client.receive(timeout=30))[0] != "said":
            pass
        assert event == ["said", {"to": "all"}]
