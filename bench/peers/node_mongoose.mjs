// The original's stack: socket.io, and mongoose saving each message before it is acknowledged and told to the room.
// WRITE_CONCERN: "default" is mongoose's own, "journaled" is Standin's (majority, with the journal).
import { createServer } from "node:http";
import mongoose from "mongoose";
import { Server } from "socket.io";

const options = process.env.WRITE_CONCERN === "journaled" ? { w: "majority", journal: true } : {};
await mongoose.connect(process.env.MONGODB_URI, options);

const { ObjectId } = mongoose.Schema.Types;
const schema = new mongoose.Schema({
  room: { type: ObjectId, required: true },
  sender: { type: ObjectId, required: true },
  socket_id: String,
  body: { type: String, required: true, maxlength: 8000 },
  client_message_id: { type: String, required: true },
  created_at: { type: Date, default: Date.now },
});
schema.index({ room: 1, _id: 1 });
const Message = mongoose.model("Message", schema, "node_messages");
await Message.init();

const server = createServer();
const io = new Server(server, { transports: ["websocket"] });

function payload(message, name) {
  return {
    id: message.id,
    room_id: String(message.room),
    client_message_id: message.client_message_id,
    sender: { id: String(message.sender), name },
    body: message.body,
    created_at: message.created_at.toISOString(),
  };
}

io.of("/chat").on("connection", (socket) => {
  const { room, user, name } = socket.handshake.auth;
  socket.join(room);
  socket.on("message:send", async (sent, ack) => {
    const stored = await Message.create({
      room,
      sender: user,
      socket_id: socket.id,
      body: sent.body,
      client_message_id: sent.client_message_id,
    });
    const message = payload(stored, name);
    ack({ ok: true, message });
    io.of("/chat").to(room).emit("message:created", { message });
  });
});

server.listen(Number(process.env.PORT), "127.0.0.1");
