// Node's socket.io as it comes, with ws, over WebSocket only.
import { createServer } from "node:http";
import { Server } from "socket.io";

const server = createServer();
const io = new Server(server, { transports: ["websocket"] });

io.on("connection", (socket) => {
  socket.join(socket.handshake.auth.room);
  socket.on("message:send", (message) => {
    io.to(message.room_id).emit("message:created", message);
  });
});

server.listen(Number(process.env.PORT), "127.0.0.1");
