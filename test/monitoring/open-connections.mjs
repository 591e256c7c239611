// Loaded with --import: writes to stderr, at the end of the process, which hosts it looked up or connected to, one a line.
import { subscribe } from "node:diagnostics_channel";
import { writeSync } from "node:fs";

const hosts = new Set();
subscribe("net.client.socket", ({ socket }) => {
  socket.once("lookup", (_error, _address, _family, host) => hosts.add(host));
  socket.once("connect", () => hosts.add(socket.remoteAddress));
  socket.once("connectionAttempt", (ip) => hosts.add(ip));
});
process.on("exit", () => writeSync(2, [...hosts].map((host) => `connected: ${host}\n`).join("")));
