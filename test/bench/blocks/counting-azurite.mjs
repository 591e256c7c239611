// Loaded into Azurite before it starts: counts the bytes of all connections of its server, and writes them to a file when it is told to (SIGUSR2).
import { writeFileSync, renameSync } from "node:fs";
import { Server } from "node:net";

let read = 0;
let written = 0;
const open = new Set();
const emit = Server.prototype.emit;
Server.prototype.emit = function (name, ...args) {
  if (name === "connection") {
    const [socket] = args;
    open.add(socket);
    socket.once("close", () => {
      open.delete(socket);
      read += socket.bytesRead;
      written += socket.bytesWritten;
    });
  }
  return emit.call(this, name, ...args);
};
process.on("SIGUSR2", () => {
  const now = { read, written };
  for (const socket of open) {
    now.read += socket.bytesRead;
    now.written += socket.bytesWritten;
  }
  const file = process.env.COUNT_FILE;
  writeFileSync(`${file}.new`, JSON.stringify(now));
  renameSync(`${file}.new`, file);
});
