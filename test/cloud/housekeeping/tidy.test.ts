import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../../src/clock/clock.ts";
import { tidy, type Tidied } from "../../../src/cloud/housekeeping/tidy.ts";
import { createLedger } from "../../../src/cloud/ledger/ledger.ts";
import { keys } from "../../../src/cloud/ledger/keys.ts";
import { readJson, writeJson } from "../../../src/store/json-records.ts";
import { openDirectoryStore } from "../../../src/store/directory.ts";
import { createMemoryStore } from "../../../src/store/memory.ts";
import type { Store } from "../../../src/store/store.ts";
import { parseEstate } from "../../../src/local/azure/estate/estate.ts";
import { openSimulatedApp } from "../../../src/local/app.ts";
import { carryOut, estateOf, failedJob } from "../../support/simulated-run.ts";
import { addRun, DAY_MS, fillStore, isKept, keysOf, NOW_MS } from "./old-store.ts";

function hubOf(status: (id: string) => string | undefined = () => undefined) {
  const slices: [number, number][] = [];
  return {
    slices,
    startNew: () => Promise.reject(new Error("nothing is started here")),
    raiseEvent: () => Promise.resolve(),
    terminate: () => Promise.resolve(),
    getStatus: (id: string) => Promise.resolve(status(id) === undefined ? undefined : { runtimeStatus: status(id) ?? "" }),
    purgeEnded(from: Date, to: Date) {
      slices.push([from.getTime(), to.getTime()]);
      return Promise.resolve(1);
    },
  };
}

const clock = { ...systemClock, now: () => NOW_MS };
const SMALL = { deletions: 7, claimReads: 3, historySlices: 40 };
const run = (store: Store, hub = hubOf(), bounds = SMALL): Promise<Tidied> =>
  tidy({ clock, ledger: createLedger(store) }, { keepDays: 90 }, hub, bounds);

async function untilDone(store: Store, hub = hubOf()): Promise<number> {
  for (let calls = 1; calls < 200; calls++) if (!(await run(store, hub)).more) return calls;
  throw new Error("it never ends");
}

describe("housekeeping", () => {
  it("C15: deletes runs, claims, days and standings older than the time to keep, and nothing else", async () => {
    const store = createMemoryStore();
    await fillStore(store);
    const before = await keysOf(store);
    const told = await run(store, hubOf(), { deletions: 10_000, claimReads: 5_000, historySlices: 1_000 });
    expect(await keysOf(store)).toEqual([...before.filter(isKept), keys.housekeeping].toSorted());
    expect(told).toMatchObject({ runs: 3, more: false });
    expect(told.records).toBe(before.filter((key) => !isKept(key)).length);
  });

  it("C15: does a bounded part per call, and ends", async () => {
    const store = createMemoryStore();
    await fillStore(store);
    const before = await keysOf(store);
    const first = await run(store);
    expect(first.more).toBe(true);
    // The records that say that a run has ended go with its last ones.
    expect(first.records).toBeLessThanOrEqual(SMALL.deletions + 3);
    await untilDone(store);
    expect((await keysOf(store)).filter((key) => key !== keys.housekeeping)).toEqual(before.filter(isKept));
    expect(await run(store)).toMatchObject({ runs: 0, records: 0 });
  });

  it("C15: leaves a run alone that goes on, however old", async () => {
    const store = createMemoryStore();
    const ledger = await fillStore(store);
    await addRun(ledger, "asleep", 150, false);
    const before = (await keysOf(store)).filter((key) => key.startsWith("runs/asleep/"));
    for (const status of ["Suspended", "Running", "Pending"]) {
      await untilDone(
        store,
        hubOf((id) => (id === "asleep" ? status : undefined)),
      );
      expect((await keysOf(store)).filter((key) => key.startsWith("runs/asleep/"))).toEqual(before);
    }
    await untilDone(
      store,
      hubOf(() => "Failed"),
    );
    expect((await keysOf(store)).filter((key) => key.includes("asleep"))).toEqual([]);
  });

  it("C15: stopped at any operation of the store, it leaves a store with which the next call ends alike", async () => {
    const whole = createMemoryStore();
    await fillStore(whole);
    const expected = [...(await keysOf(whole)).filter(isKept), keys.housekeeping].toSorted();
    let stops = 0;
    for (let stopAt = 1; ; stopAt++) {
      const store = createMemoryStore();
      await fillStore(store);
      let operations = 0;
      const step = <T>(act: () => T): T => {
        if (++operations >= stopAt) throw new Error("killed");
        return act();
      };
      const failing: Store = {
        ...store,
        get: (key) => step(() => store.get(key)),
        create: (key, bytes) => step(() => store.create(key, bytes)),
        replace: (key, bytes, version) => step(() => store.replace(key, bytes, version)),
        delete: (key) => step(() => store.delete(key)),
        remove: (key, version) => step(() => store.remove(key, version)),
        list: (prefix) => step(() => store.list(prefix)),
      };
      const stopped = await run(failing).then(
        () => false,
        () => true,
      );
      const left = await keysOf(store);
      expect(expected.filter((key) => key !== keys.housekeeping && !left.includes(key))).toEqual([]);
      // A run that is partly gone still says that it has ended, so that nobody starts it again over its remains.
      const runs = new Set(left.filter((key) => key.startsWith("runs/")).map((key) => key.split("/")[1] ?? ""));
      for (const runId of runs) {
        const remains = left.filter((key) => key.startsWith(`runs/${runId}/`) && key !== keys.run(runId));
        if (remains.length > 0) expect(remains).toContain(keys.outcome(runId));
      }
      await untilDone(store);
      expect(await keysOf(store)).toEqual(expected);
      if (!stopped) break;
      stops++;
    }
    expect(stops).toBeGreaterThan(20);
  });

  it("C17: a claim that a run takes at the same moment is not lost", async () => {
    const store = createMemoryStore();
    const key = keys.claim("item");
    await writeJson(store, key, { runId: "old", expiresMs: NOW_MS - 100 * DAY_MS });
    const taken = { runId: "new", expiresMs: NOW_MS + DAY_MS };
    const racing: Store = {
      ...store,
      async remove(one, version) {
        // Between the look and the removal.
        await writeJson(store, key, taken);
        return store.remove(one, version);
      },
    };
    await run(racing);
    expect((await readJson(store, key, (value) => value))?.value).toEqual(taken);
  });

  it("C15: two at once do no harm", async () => {
    const store = createMemoryStore();
    await fillStore(store);
    const before = await keysOf(store);
    await Promise.all([untilDone(store), untilDone(store), untilDone(store)]);
    expect((await keysOf(store)).filter((key) => key !== keys.housekeeping)).toEqual(before.filter(isKept));
  });

  it("C15: purges histories slice by slice up to the time to keep, and looks again at the last days", async () => {
    const store = createMemoryStore();
    await fillStore(store);
    const hub = hubOf();
    await untilDone(store, hub);
    const cutoffMs = NOW_MS - 90 * DAY_MS;
    expect(hub.slices[0]?.[0]).toBe(NOW_MS - 203 * DAY_MS);
    expect(Math.max(...hub.slices.map(([, to]) => to))).toBe(cutoffMs);
    const sorted = [...hub.slices].sort(([a], [b]) => a - b);
    for (const [index, [from]] of sorted.entries()) if (index > 0) expect(from).toBeLessThanOrEqual(sorted[index - 1]?.[1] ?? 0);
    hub.slices.length = 0;
    await run(store, hub);
    expect(hub.slices).toEqual([[cutoffMs - 3 * DAY_MS, cutoffMs]]);
  });

  it("C15: killed as a process, again and again, it ends with the same store", { timeout: 120_000 }, async () => {
    const root = await mkdtemp(join(tmpdir(), "reprise-tidy-"));
    try {
      const store = openDirectoryStore(root, { durable: false });
      await fillStore(store);
      const expected = [...(await keysOf(store)).filter(isKept), keys.housekeeping].toSorted();
      let kills = 0;
      for (let afterMs = 0; ; afterMs = afterMs * 1.6 + 4) {
        const child = spawn(process.execPath, [fileURLToPath(new URL("tidy-child.ts", import.meta.url)), root], {
          stdio: ["ignore", "pipe", "inherit"],
        });
        const closed = once(child, "close");
        await once(child.stdout, "data");
        const timer = setTimeout(() => child.kill("SIGKILL"), afterMs);
        const [code] = (await closed) as [number | null];
        clearTimeout(timer);
        if (code === 0) break;
        kills++;
      }
      expect(kills).toBeGreaterThan(0);
      expect(await keysOf(store)).toEqual(expected);
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  });
});

describe("housekeeping of the whole app", { timeout: 120_000 }, () => {
  it("C15: the timer deletes an old run, its report and its histories; runs after it are as before", async () => {
    const stateDir = await mkdtemp(join(tmpdir(), "reprise-test-"));
    const lines: string[] = [];
    const app = await openSimulatedApp({
      estate: parseEstate(
        JSON.stringify(
          estateOf([{ name: "vm-a", jobs: [failedJob("BackUpOperationFailed")], next: [{ status: "Completed", after: "20m" }] }]),
        ),
      ),
      stateDir,
      between: "frozen",
      environment: { REPRISE_SCHEDULE_ENABLED: "false", REPRISE_KEEP_DAYS: "30" },
      timers: true,
      log: (line) => lines.push(line.message),
    });
    const status = async (path: string): Promise<number> => (await app.host.request("GET", path)).status;
    const pass = async (ms: number): Promise<void> => {
      await app.clock.work(() => app.clock.sleep(ms));
      await new Promise((resolve) => setTimeout(resolve, 20));
    };
    try {
      await carryOut(app, { runId: "first" });
      await pass(20 * DAY_MS);
      await carryOut(app, { runId: "second" });
      expect(await status("/api/runs/first/report")).toBe(200);
      await pass(11 * DAY_MS);
      for (let hour = 0; hour < 6; hour++) await pass(DAY_MS / 24);
      expect(await status("/api/runs/first")).toBe(404);
      expect(await status("/api/runs/first/report")).toBe(404);
      expect(await status("/runtime/webhooks/durabletask/instances/first")).toBe(404);
      expect(await status("/runtime/webhooks/durabletask/instances/second")).toBe(200);
      expect(await status("/api/runs/second/report")).toBe(200);
      const listed = JSON.parse((await app.host.request("GET", "/api/runs")).body) as { runs: { runId: string }[] };
      expect(listed.runs.map(({ runId }) => runId)).toEqual(["second"]);
      const all = JSON.parse((await app.host.request("GET", "/runtime/webhooks/durabletask/instances")).body) as { instanceId: string }[];
      expect(all.filter(({ instanceId }) => instanceId.startsWith("first"))).toEqual([]);
      expect(lines.join("\n")).toMatch(/Housekeeping: 1 runs, \d+ records and [1-9]\d* histories deleted/u);
    } finally {
      await app.stop();
      await rm(stateDir, { recursive: true, force: true });
    }
  });
});
