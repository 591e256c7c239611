import { describe, expect, it } from "vitest";
import { createLedger, type Ledger } from "../../../src/cloud/ledger/ledger.ts";
import { readRun } from "../../../src/cloud/runs/read-runs.ts";
import { parseRunRequest } from "../../../src/cloud/runs/request.ts";
import { startRun, type RunClient } from "../../../src/cloud/runs/start-run.ts";
import { systemClock } from "../../../src/clock/clock.ts";
import type { RunCounts } from "../../../src/policy/report.ts";
import { parseSettings } from "../../../src/settings/settings.ts";
import { createMemoryStore } from "../../../src/store/memory.ts";

const SETTINGS = parseSettings({ REPRISE_STORE: "memory" });
const COUNTS: RunCounts = {
  found: 0,
  items: 0,
  recovered: 0,
  failing: 0,
  needsPerson: 0,
  skipped: 0,
  cancelled: 0,
  running: 0,
  planned: 0,
  retried: 0,
  attempts: 0,
};

/** A task hub of one instance: `getStatus` says what the test wants. */
function hubOf(getStatus: RunClient["getStatus"], startNew: RunClient["startNew"] = async () => "started"): RunClient {
  return { startNew, getStatus, raiseEvent: async () => {}, terminate: async () => {} };
}

async function statusOf(ledger: Ledger, hub: RunClient): Promise<string | undefined> {
  return (await readRun({ ledger }, hub, "a-run", "/report"))?.status;
}

describe("a run as it is shown", () => {
  it("C11: a run that ends between two questions is not taken for a failed one", async () => {
    const ledger = createLedger(createMemoryStore());
    await startRun(
      { clock: systemClock, ledger },
      SETTINGS,
      hubOf(async () => undefined),
      { runId: "a-run", request: {}, origin: "http" },
    );
    const endsMeanwhile = hubOf(async () => {
      await ledger.outcome.first("a-run", { status: "completed", endedMs: 1, counts: COUNTS });
      return { runtimeStatus: "Completed" };
    });
    expect(await statusOf(ledger, endsMeanwhile)).toBe("completed");
  });

  it.each([
    [undefined, "pending"],
    ["Pending", "pending"],
    ["Running", "running"],
    ["Suspended", "running"],
    ["Failed", "failed"],
    ["Terminated", "failed"],
    ["Completed", "failed"],
  ])("C11: an instance that is %s is a run that is %s", async (runtimeStatus, expected) => {
    const ledger = createLedger(createMemoryStore());
    const hub = hubOf(async () => (runtimeStatus === undefined ? undefined : { runtimeStatus }));
    await startRun({ clock: systemClock, ledger }, SETTINGS, hub, { runId: "a-run", request: {}, origin: "http" });
    expect(await statusOf(ledger, hub)).toBe(expected);
  });
});

describe("the request of a run as it is shown", () => {
  it.each([
    [60_000, "1m"],
    [90_000, "90s"],
    [5_400_000, "90m"],
    [86_400_000, "1d"],
    [90_000_000, "25h"],
  ])("C11: can be sent again (%i ms)", async (sinceMs, since) => {
    const ledger = createLedger(createMemoryStore());
    const request = { sinceMs, items: ["vm-*"], dryRun: true };
    const asked = { runId: "a-run", request: { runId: "a-run", ...request }, origin: "http" } as const;
    const hub = hubOf(async () => undefined);
    await startRun({ clock: systemClock, ledger }, SETTINGS, hub, asked);
    const shown = (await readRun({ ledger }, hub, "a-run", "/report"))?.request;
    expect(shown).toEqual({ since, items: ["vm-*"], dryRun: true });
    expect(parseRunRequest(shown)).toEqual({ ok: true, request });
  });
});

describe("starting a run", () => {
  it("C12: whoever claimed it has started it, even when another started its instance", async () => {
    const ledger = createLedger(createMemoryStore());
    const overtaken = hubOf(
      async () => undefined,
      async () => {
        throw new Error("An instance with this id already exists.");
      },
    );
    const asked = { runId: "a-run", request: {}, origin: "http" } as const;
    expect((await startRun({ clock: systemClock, ledger }, SETTINGS, overtaken, asked)).kind).toBe("started");
    expect((await startRun({ clock: systemClock, ledger }, SETTINGS, overtaken, asked)).kind).toBe("exists");
  });

  it("C12: a run that ends while it is asked for is not started again", async () => {
    const ledger = createLedger(createMemoryStore());
    let starts = 0;
    const hub = hubOf(
      async () => {
        await ledger.outcome.first("a-run", { status: "completed", endedMs: 1, counts: COUNTS });
        return { runtimeStatus: "Completed" };
      },
      async (_name, { instanceId }) => {
        starts++;
        return instanceId;
      },
    );
    const asked = { runId: "a-run", request: {}, origin: "http" } as const;
    await startRun({ clock: systemClock, ledger }, SETTINGS, hub, asked);
    expect((await startRun({ clock: systemClock, ledger }, SETTINGS, hub, asked)).kind).toBe("exists");
    expect(starts).toBe(1);
  });

  it("C12: a claim whose start was lost is started by whoever comes next", async () => {
    const ledger = createLedger(createMemoryStore());
    const started: string[] = [];
    const lost = hubOf(
      async () => undefined,
      async () => {
        throw new Error("socket hang up");
      },
    );
    const works = hubOf(
      async () => undefined,
      async (_name, { instanceId }) => {
        started.push(instanceId);
        return instanceId;
      },
    );
    const asked = { runId: "a-run", request: {}, origin: "http" } as const;
    await expect(startRun({ clock: systemClock, ledger }, SETTINGS, lost, asked)).rejects.toThrow("socket hang up");
    expect((await startRun({ clock: systemClock, ledger }, SETTINGS, works, asked)).kind).toBe("exists");
    expect(started).toEqual(["a-run"]);
  });
});
