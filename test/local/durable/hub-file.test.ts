import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HubStore } from "../../../src/local/durable/hub-store.ts";
import { readNewestTimestampMs } from "../../../src/local/durable/newest-timestamp.ts";
import { HubVersionError } from "../../../src/local/durable/sqlite.ts";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "reprise-hub-"));
  file = join(folder, "hub.db");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("a hub's file", () => {
  it("of another layout is refused by its version, and left as it is", () => {
    new HubStore(file).close();
    const database = new DatabaseSync(file);
    database.exec("PRAGMA user_version = 99");
    database.close();
    expect(() => new HubStore(file)).toThrow(HubVersionError);
    expect(() => new HubStore(file)).toThrow("has layout version 99; this version reads 1");
    expect(() => readNewestTimestampMs(file)).toThrow(HubVersionError);
  });

  it("that is none is refused", () => {
    writeFileSync(file, "not a database, and long enough to be looked at as one".repeat(10));
    expect(() => new HubStore(file)).toThrow("not a database");
  });

  it("is one file after closing: the log was put into it, nothing lies beside it", () => {
    const store = new HubStore(file);
    store.transaction(() => store.addInbox({ instanceId: "a", executionId: null, event: "x".repeat(100_000), arrivedMs: 7 }));
    expect(existsSync(`${file}-wal`)).toBe(true);
    store.close();
    store.close();
    expect(statSync(file).size).toBeGreaterThan(100_000);
    expect(["-wal", "-shm", ".owner"].filter((end) => existsSync(file + end))).toEqual([]);
    expect(readNewestTimestampMs(file)).toBe(7);
  });

  it("that is not there has no newest time, and is not made by asking", () => {
    expect(readNewestTimestampMs(file)).toBeUndefined();
    expect(readNewestTimestampMs(":memory:")).toBeUndefined();
    expect(existsSync(file)).toBe(false);
  });

  it("undoes a transaction that fails", () => {
    const store = new HubStore(file);
    const fail = (): void =>
      store.transaction(() => {
        store.addInbox({ instanceId: "a", executionId: null, event: "{}", arrivedMs: 1 });
        throw new Error("no");
      });
    expect(fail).toThrow("no");
    expect(store.inbox()).toEqual([]);
    store.close();
  });
});

describe("the process", () => {
  it("sees no warning of SQLite, but every other one", () => {
    const module = fileURLToPath(new URL("../../../src/local/durable/hub-store.ts", import.meta.url));
    const script = `import { HubStore } from ${JSON.stringify(module)}; new HubStore(":memory:").close(); process.emitWarning("another one");`;
    const { stderr, status } = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
    expect(status).toBe(0);
    expect(stderr).not.toContain("SQLite");
    expect(stderr).toContain("another one");
  });
});
