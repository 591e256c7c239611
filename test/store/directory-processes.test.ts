import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { openDirectoryStore } from "../../src/store/directory.ts";

const base = await mkdtemp(join(tmpdir(), "reprise-processes-"));
afterAll(() => rm(base, { recursive: true, force: true }));
let roots = 0;
const newRoot = (): string => join(base, String(++roots));

const script = fileURLToPath(new URL("directory-writer.ts", import.meta.url));

interface Ended {
  readonly killed: boolean;
  readonly result?: unknown;
  readonly points?: number;
}

function start(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): { readonly ended: Promise<Ended>; readonly speaks: Promise<unknown>; readonly kill: () => void } {
  const child = spawn(process.execPath, [script, ...args], {
    env: { PATH: process.env["PATH"], ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (signal === "SIGKILL") return resolve({ killed: true });
      if (code !== 0) return reject(new Error(`${args.join(" ")} ended with ${code}: ${err}`));
      resolve({ killed: false, ...(JSON.parse(out) as object) });
    });
  });
  return { ended, speaks: once(child.stdout, "data"), kill: () => child.kill("SIGKILL") };
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const contentOf = async (root: string): Promise<string> => {
  const found = await openDirectoryStore(root).get("a/key");
  if (found === undefined) return "nothing";
  const content = new TextDecoder().decode(found.bytes);
  return content === "o".repeat(100_000) ? "old" : content === "n".repeat(100_000) ? "new" : `damaged: ${content.slice(0, 40)}…`;
};

/** Every kind of write works, so no key is blocked, and the listing shows whole keys only. */
const expectUsable = async (root: string): Promise<void> => {
  const store = openDirectoryStore(root);
  const keys: string[] = [];
  for await (const key of store.list("")) keys.push(key);
  expect(keys.filter((key) => key !== "a/key")).toEqual([]);
  await store.put("a/key", text("1"));
  expect(await store.replace("a/key", text("2"), (await store.get("a/key"))?.version ?? "")).toBe(true);
  await store.delete("a/key");
  expect(await store.create("a/key", text("3"))).toBe(true);
};

describe("a directory store that several processes write to", () => {
  it("lets exactly one process create each key", async () => {
    const root = newRoot();
    const names = ["A", "B", "C", "D"];
    const runs = await Promise.all(names.map((name) => start([root, "claim", name]).ended));
    const wins = runs.map(({ result }) => result as boolean[]);
    const store = openDirectoryStore(root);
    for (let index = 0; index < 30; index++) {
      const winners = names.filter((_, process) => wins[process]?.[index] === true);
      expect(winners, `claims/${index}`).toHaveLength(1);
      expect(new TextDecoder().decode((await store.get(`claims/${index}`))?.bytes)).toBe(winners[0]);
    }
  });

  it("loses no increment of four processes", async () => {
    const root = newRoot();
    await Promise.all(Array.from({ length: 4 }, () => start([root, "count"]).ended));
    expect(new TextDecoder().decode((await openDirectoryStore(root).get("counter"))?.bytes)).toBe("200\n");
  });

  it.each([
    { task: "put", before: "old", after: "new" },
    { task: "create", before: "nothing", after: "new" },
    { task: "replace", before: "old", after: "new" },
    { task: "delete", before: "old", after: "nothing" },
  ])("holds the old or the new value, and blocks nobody, wherever a $task over $before is killed", async ({ task, before, after }) => {
    const prepare = async (): Promise<string> => {
      const root = newRoot();
      if (before === "old") await openDirectoryStore(root).put("a/key", text("o".repeat(100_000)));
      return root;
    };
    const { points = 0 } = await start([await prepare(), task], { KILL_AT: "0" }).ended;
    expect(points).toBeGreaterThan(5);
    const seen: string[] = [];
    const killAt = async (point: number): Promise<void> => {
      const root = await prepare();
      expect(await start([root, task], { KILL_AT: String(point) }).ended).toEqual({ killed: true });
      seen[point - 1] = await contentOf(root);
      await expectUsable(root);
    };
    for (let point = 1; point <= points; point += 2) await Promise.all([killAt(point), ...(point < points ? [killAt(point + 1)] : [])]);
    expect(seen).toHaveLength(points);
    const turn = seen.indexOf(after);
    expect(turn).toBeGreaterThan(0);
    expect(seen).toEqual(seen.map((_, index) => (index < turn ? before : after)));
  });

  it("survives kills at any time", async () => {
    const root = newRoot();
    for (let round = 0; round < 5; round++) {
      const writers = [start([root, "loop"]), start([root, "loop"])];
      await Promise.all(writers.map(({ speaks }) => speaks));
      await wait(round * 7);
      for (const writer of writers) writer.kill();
      await Promise.all(writers.map(({ ended }) => ended));
      expect(["old", "new"]).toContain(await contentOf(root));
    }
    await expectUsable(root);
    expect((await readdir(root)).sort()).toEqual(["+lock", "+tmp", "a"]);
  });
});
