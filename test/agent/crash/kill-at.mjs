// Loaded before the program. Counts what it does to the outside: requests to a store, and calls that change a file system or the lock of a directory store.
// KILL_AT=N ends the process by SIGKILL just before the N-th of them, KILL_AT=N.5 just after it has taken effect, before the program knows. What it was
// stands on stderr then, behind `@@killed`; without KILL_AT the number of all stands there at the end, behind `@@`.
import fs from "node:fs";
import promises from "node:fs/promises";
import http from "node:http";
import { syncBuiltinESMExports } from "node:module";
import { DatabaseSync } from "node:sqlite";
import { isMainThread } from "node:worker_threads";

const killAt = Number(process.env.KILL_AT ?? Number.NaN);
const { constants, writeSync } = fs;
let count = 0;

function end(when, what) {
  writeSync(2, `\n@@killed ${when} ${what}\n`);
  process.kill(process.pid, "SIGKILL");
}

/** Gives what to do once it has taken effect; undefined when nothing is to be done. */
function step(what) {
  const number = ++count;
  if (number === killAt) end("before", what);
  return number + 0.5 === killAt ? () => end("after", what) : undefined;
}

function watch(holder, names, counts = () => true) {
  for (const name of names) {
    const original = holder[name];
    holder[name] = function (...args) {
      if (!counts(...args)) return original.apply(this, args);
      const paths = args.filter((each) => typeof each === "string" || Buffer.isBuffer(each)).map((each) => String(each).slice(0, 300));
      const after = step(`${name} ${name.startsWith("write") ? "" : paths.join(" ")}`);
      if (after === undefined) return original.apply(this, args);
      const back = args.at(-1);
      if (typeof back === "function") return original.call(this, ...args.slice(0, -1), (...answer) => (after(), back(...answer)));
      const result = original.apply(this, args);
      if (typeof result?.then !== "function") after();
      return result?.then === undefined ? result : result.then((value) => (after(), value));
    };
  }
}

// Workers hash and compress; they touch nothing outside.
if (isMainThread) {
  const makes = (_, flags) => (typeof flags === "number" ? (flags & constants.O_CREAT) !== 0 : /^[wax]/.test(flags ?? "r"));
  watch(fs, ["mkdirSync", "renameSync", "unlinkSync"]);
  watch(fs, [
    "write",
    "ftruncate",
    "rename",
    "link",
    "unlink",
    "mkdir",
    "symlink",
    "chmod",
    "fchmod",
    "lchown",
    "fchown",
    "futimes",
    "lutimes",
  ]);
  watch(fs, ["open"], makes);
  watch(promises, ["mkdir", "unlink", "rename", "rmdir"]);
  watch(promises, ["open"], makes);
  const handle = await promises.open(process.execPath);
  watch(Object.getPrototypeOf(handle), ["writeFile", "sync", "datasync"]);
  await handle.close();
  watch(DatabaseSync.prototype, ["exec"]);
  const { request } = http;
  http.request = function (...args) {
    const [first, second] = args;
    const options = typeof first === "object" && !(first instanceof URL) ? first : second;
    const path = options?.path ?? (first instanceof URL ? `${first.pathname}${first.search}` : "");
    const after = step(`${options?.method ?? "GET"} ${path}`);
    const made = request.apply(this, args);
    if (after !== undefined) made.prependOnceListener("response", after);
    return made;
  };
  syncBuiltinESMExports();
  if (Number.isNaN(killAt)) process.on("exit", () => process.stderr.write(`\n@@${count}\n`));
}
