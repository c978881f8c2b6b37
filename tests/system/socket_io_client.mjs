// npm's socket.io-client, as the page uses it. Run by test_socket_io_js.py: `node socket_io_client.mjs SCENE URL ROOM`
// with the access token in TOKEN; prints what happened, one JSON value to a line.
import { io } from "socket.io-client";

const [scene, url, room] = process.argv.slice(2);
const auth = { token: process.env.TOKEN };

const tell = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
const once = (emitter, event) => new Promise((resolve) => emitter.once(event, resolve));
const open = (options) => io(`${url}/chat`, { reconnectionDelay: 100, reconnectionDelayMax: 200, ...options });
const send = (socket, key) =>
  socket.timeout(10_000).emitWithAck("message:send", { room_id: room, body: `This is ${key}`, client_message_id: key });

/** Connects, sends, and tells the order of events, the ack, the broadcast and the transport. */
async function talk(socket, key) {
  const events = [];
  socket.on("connect", () => events.push("connect"));
  socket.onAny((event) => events.push(event));
  const ready = await once(socket, "session:ready");
  const created = once(socket, "message:created");
  const ack = await send(socket, key);
  tell({ events, ready, ack, created: await created, transport: socket.io.engine.transport.name });
}

const scenes = {
  async refused() {
    for (const given of [undefined, { token: "x" }, auth]) {
      const socket = open({ auth: given, reconnection: false });
      socket.onAny((event) => tell({ heard: event }));
      const error = await once(socket, "connect_error");
      tell({ message: error.message, data: error.data, active: socket.active });
      socket.close();
    }
  },

  async websocket() {
    const socket = open({ auth, transports: ["websocket"] });
    await talk(socket, "key-websocket");
    socket.close();
  },

  async upgrade() {
    const socket = open({ auth, transports: ["polling", "websocket"] });
    const upgraded = new Promise((resolve) => socket.io.engine.once("upgrade", resolve));
    await talk(socket, "key-polling");
    await upgraded;
    const created = once(socket, "message:created");
    tell({ ack: await send(socket, "key-upgraded"), created: await created, transport: socket.io.engine.transport.name });
    socket.close();
  },

  async polling() {
    const socket = open({ auth, transports: ["polling"] });
    await talk(socket, "key-polling-only");
    socket.close();
  },

  async restart() {
    const socket = open({ auth });
    await once(socket, "session:ready");
    const first = socket.id;
    tell(await send(socket, "key-before"));
    await once(socket, "disconnect");
    const ready = await once(socket, "session:ready");
    tell({ ready, is_new: socket.id !== first, ack: await send(socket, "key-after") });
    socket.close();
  },
};

await scenes[scene]();
