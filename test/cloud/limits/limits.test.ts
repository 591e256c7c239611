import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { Clock } from "../../../src/clock/clock.ts";
import { createLimits, type LimitedVault, type Limits, type LimitRules } from "../../../src/cloud/limits/limits.ts";
import { classify } from "../../../src/policy/catalogue/catalogue.ts";
import { createMemoryStore } from "../../../src/store/memory.ts";
import type { Store } from "../../../src/store/store.ts";
import { RULES } from "./rules.ts";

const T = Date.UTC(2026, 10, 20, 13);
const AT: LimitedVault = { subscriptionId: "sub", vault: "vault" };

/** Two instances of the app that share a store, and a clock that a test moves. */
function twoInstances(rules: LimitRules = RULES): {
  readonly store: Store;
  readonly all: readonly [Limits, Limits];
  nowMs: number;
  writes: number;
} {
  const memory = createMemoryStore();
  const scene = { nowMs: T, writes: 0 };
  const count = async (write: Promise<boolean>): Promise<boolean> => {
    const written = await write;
    if (written) scene.writes++;
    return written;
  };
  const store: Store = {
    ...memory,
    create: (key, bytes) => count(memory.create(key, bytes)),
    replace: (key, bytes, version) => count(memory.replace(key, bytes, version)),
  };
  const clock: Clock = { now: () => scene.nowMs, sleep: async () => {}, work: (run) => run(), at: () => () => {} };
  return Object.assign(scene, { store, all: [createLimits({ store, clock, rules }), createLimits({ store, clock, rules })] as const });
}

function run(root: string, untilMs: number): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [fileURLToPath(new URL("taker.ts", import.meta.url)), root, String(untilMs)]);
    let out = "";
    let err = "";
    child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
    child.once("error", reject);
    child.once("close", (code) => (code === 0 ? resolve(JSON.parse(out) as number[]) : reject(new Error(err))));
  });
}

describe("caps over instances", () => {
  it("C14: hold over two processes that share a store", async () => {
    const root = await mkdtemp(join(tmpdir(), "reprise-limits-"));
    try {
      const untilMs = Date.now() + 6_000;
      const [first, second] = await Promise.all([run(root, untilMs), run(root, untilMs)]);
      expect(Math.min(first.length, second.length)).toBeGreaterThan(0);
      const used = [...first, ...second].sort((a, b) => a - b);
      // A turn is used a little late on a busy machine: then some that follow come close behind it.
      const LATE_MS = 1_000;
      for (const [index, from] of used.entries())
        for (const [other, to] of used.entries())
          if (other > index) expect(other - index + 1).toBeLessThanOrEqual(20 + (20 * (to - from + LATE_MS)) / 1_000);
      expect(used.length).toBeGreaterThan(25);
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  }, 30_000);

  it("C14: what one instance is told is respected by all, also for turns that were given out before", async () => {
    const scene = twoInstances();
    const [one, other] = scene.all;
    for (let turn = 0; turn < 20; turn++) expect(await one.triggerTurn(AT, undefined)).toEqual({ kind: "go" });
    const later = await other.triggerTurn(AT, undefined);
    if (later.kind !== "wait") throw new Error(later.kind);
    expect(later.untilMs).toBe(T + 50);
    await one.heldBack("sub", "triggers", T + 30_000);
    scene.nowMs = later.untilMs;
    const again = await other.triggerTurn(AT, later.turnMs);
    expect(again).toMatchObject({ kind: "wait", untilMs: T + 30_000 });
    scene.nowMs = T + 30_000;
    expect(await other.triggerTurn(AT, again.kind === "wait" ? again.turnMs : undefined)).toEqual({ kind: "go" });
    // No burst behind it: the service's own bucket is empty.
    expect(await one.triggerTurn(AT, undefined)).toMatchObject({ kind: "wait", untilMs: T + 30_050 });
  });

  it("C14: reads keep to their own bucket, and to what the service asked of another instance", async () => {
    const scene = twoInstances();
    const [one, other] = scene.all;
    const at: number[] = [];
    for (let read = 0; read < 20; read++) at.push(await one.readTurn("sub"), await other.readTurn("sub"));
    expect(at.filter((ms) => ms === T).length).toBe(30);
    expect(Math.max(...at)).toBe(T + 1_000);
    await one.heldBack("sub", "reads", T + 60_000);
    expect(await other.readTurn("sub")).toBeGreaterThanOrEqual(T + 60_000);
    expect(await other.readTurn("other-sub")).toBe(T);
  });

  it("C14: a vault's cap holds back that vault only", async () => {
    const scene = twoInstances({ ...RULES, vault: { burst: 2, perMinute: 60 } });
    const [one, other] = scene.all;
    expect(await one.triggerTurn(AT, undefined)).toEqual({ kind: "go" });
    expect(await other.triggerTurn(AT, undefined)).toEqual({ kind: "go" });
    expect(await one.triggerTurn(AT, undefined)).toMatchObject({ kind: "wait", untilMs: T + 1_000 });
    expect(await one.triggerTurn({ ...AT, vault: "vault-2" }, undefined)).toEqual({ kind: "go" });
  });

  it("C14: what is asked for at the same moment is one compare-and-swap", async () => {
    const scene = twoInstances();
    const turns = await Promise.all(Array.from({ length: 15 }, () => scene.all[0].triggerTurn(AT, undefined)));
    expect(turns.every(({ kind }) => kind === "go")).toBe(true);
    expect(scene.writes).toBe(1);
  });

  it("vaults in which nothing happens leave the record", async () => {
    const scene = twoInstances();
    const [one] = scene.all;
    for (let vault = 0; vault < 10; vault++) await one.triggerTurn({ ...AT, vault: `vault-${vault}` }, undefined);
    scene.nowMs = T + 600_000;
    await one.triggerTurn(AT, undefined);
    let key = "";
    for await (const found of scene.store.list("limits/")) key = found;
    const record = JSON.parse(new TextDecoder().decode((await scene.store.get(key))?.bytes)) as { vaults: object };
    expect(Object.keys(record.vaults)).toEqual(["vault"]);
  });
});

describe("the breaker over instances", () => {
  const verdict = classify({ symbol: "CloudInternalError" }, "AzureIaasVM");

  it("C14: what one instance sees fail holds back another; a probe that passes lets both go on", async () => {
    const scene = twoInstances();
    const [one, other] = scene.all;
    for (let index = 0; index < 10; index++) await one.triggerEnded(AT, { passed: false, verdict });
    expect(await other.triggerTurn(AT, undefined)).toMatchObject({ kind: "wait", untilMs: T + 300_000 });
    expect(await other.triggerTurn({ ...AT, vault: "vault-2" }, undefined)).toEqual({ kind: "go" });
    scene.nowMs = T + 300_000;
    const probes = await Promise.all([one, other, one, other].map((each) => each.triggerTurn(AT, undefined)));
    expect(probes.map(({ kind }) => kind).sort()).toEqual(["go", "go", "go", "wait"]);
    for (let index = 0; index < 3; index++) await one.triggerEnded(AT, { passed: true });
    expect(await other.triggerTurn(AT, undefined)).toEqual({ kind: "go" });
  });

  it("costs nothing while all is well", async () => {
    const scene = twoInstances();
    for (let index = 0; index < 10; index++) await scene.all[0].triggerEnded(AT, { passed: true });
    expect(scene.writes).toBe(0);
  });
});
