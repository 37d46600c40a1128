// The design that most tutorials show, on Node: Socket.IO, ioredis, one transaction a vote, and
// (with --broadcast) the tally to everybody after each.
//
//   node server.js STORE_SOCKET [--broadcast]      prints its port
"use strict";

const http = require("node:http");
const Redis = require("ioredis");
const { Server } = require("socket.io");

const [path, ...options] = process.argv.slice(2);
const broadcast = options.includes("--broadcast");
const store = new Redis({ path });
const server = http.createServer();
const io = new Server(server, {
  transports: ["websocket"],
  perMessageDeflate: false,
  pingInterval: 300000, // the generator does not play Engine.IO's heartbeat
});

io.on("connection", (socket) => {
  socket.on("cast", async (cast, answer) => {
    const done = await store
      .multi()
      .hset("ballots", socket.id, cast.value)
      .hincrby("tally", cast.value, 1)
      .hgetall("tally")
      .exec();
    answer({ seq: cast.seq, value: cast.value });
    if (broadcast) io.emit("tally", done[2][1]);
  });
});

server.listen(0, "127.0.0.1", () => console.log(server.address().port));
