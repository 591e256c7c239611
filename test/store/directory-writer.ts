/**
 * A process of its own for `directory-processes.test.ts`: node directory-writer.ts ROOT TASK [ARGUMENT]. Writes one line of JSON when it is done.
 * With KILL_AT=N it ends itself by SIGKILL just before the N-th call that changes the file system or the lock.
 */
import fs from "node:fs";
import promises from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { DatabaseSync } from "node:sqlite";

const [root = "", task = "", argument = ""] = process.argv.slice(2);
const killAt = Number(process.env["KILL_AT"] ?? Number.NaN);
let points = 0;
const point = (): void => {
  if (++points === killAt) process.kill(process.pid, "SIGKILL");
};

function watch(holder: object, names: readonly string[]): void {
  const functions = holder as Record<string, (...args: unknown[]) => unknown>;
  for (const name of names) {
    const original = functions[name];
    if (original === undefined) throw new Error(`no function ${name}`);
    functions[name] = function (this: unknown, ...args: unknown[]) {
      point();
      return original.apply(this, args);
    };
  }
}

if (!Number.isNaN(killAt)) {
  watch(fs, ["mkdirSync", "renameSync", "unlinkSync"]);
  watch(promises, ["open", "mkdir", "unlink"]);
  const probe = await promises.open(process.execPath);
  watch(Object.getPrototypeOf(probe) as object, ["writeFile", "sync"]);
  await probe.close();
  watch(DatabaseSync.prototype, ["exec"]);
  syncBuiltinESMExports();
  points = 0;
}

const { openDirectoryStore } = await import("../../src/store/directory.ts");
const { updateJson } = await import("../../src/store/json-records.ts");
const store = openDirectoryStore(root);
const bytes = (letter: string): Uint8Array => new TextEncoder().encode(letter.repeat(100_000));

async function run(): Promise<unknown> {
  switch (task) {
    case "put":
      return store.put("a/key", bytes("n"));
    case "create":
      return store.create("a/key", bytes("n"));
    case "replace":
      return store.replace("a/key", bytes("n"), (await store.get("a/key"))?.version ?? "");
    case "delete":
      return store.delete("a/key");
    case "claim":
      return Promise.all(Array.from({ length: 30 }, (_, index) => store.create(`claims/${index}`, new TextEncoder().encode(argument))));
    case "count":
      for (let turn = 0; turn < 50; turn++) await updateJson(store, "counter", Number, (current) => (current ?? 0) + 1, { tries: 10_000 });
      return "counted";
    case "loop":
      for (let turn = 0; ; turn++) {
        const letter = turn % 2 === 0 ? "o" : "n";
        await store.put("a/key", bytes(letter));
        await store.replace("a/key", bytes(letter), (await store.get("a/key"))?.version ?? "");
        if (turn === 0) process.stdout.write("looping\n");
      }
    default:
      throw new Error(`no task ${task}`);
  }
}

const result = await run();
// One more: after the last call.
point();
process.stdout.write(`${JSON.stringify({ result: result ?? null, points })}\n`);
