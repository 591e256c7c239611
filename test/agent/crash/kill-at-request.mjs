// Loaded before the program: KILL_AT=N ends the process by SIGKILL just before its N-th request to the store leaves, KILL_AT=N.5 just after its answer has come,
// before anybody has read it. Without it the number of requests is written to stderr at the end.
import http from "node:http";
import { syncBuiltinESMExports } from "node:module";

const killAt = Number(process.env.KILL_AT ?? Number.NaN);
let requests = 0;
const request = http.request;
http.request = function (...args) {
  const number = ++requests;
  if (number === killAt) process.kill(process.pid, "SIGKILL");
  const made = request.apply(this, args);
  if (number + 0.5 === killAt) made.prependOnceListener("response", () => process.kill(process.pid, "SIGKILL"));
  return made;
};
syncBuiltinESMExports();
if (Number.isNaN(killAt)) process.on("exit", () => process.stderr.write(`\n@@${requests}\n`));
