/** A store as a year of runs leaves it, in small: old runs, new ones, claims, days. */
import type { RunRecord } from "../../../src/policy/run.ts";
import { createLedger, type Ledger } from "../../../src/cloud/ledger/ledger.ts";
import { keys } from "../../../src/cloud/ledger/keys.ts";
import { writeJson } from "../../../src/store/json-records.ts";
import type { Store } from "../../../src/store/store.ts";

export const NOW_MS = Date.parse("2026-11-20T13:00:00Z");
export const DAY_MS = 86_400_000;

export function runRecord(runId: string, daysOld: number): RunRecord {
  const startedMs = NOW_MS - daysOld * DAY_MS;
  return {
    runId,
    origin: "schedule",
    request: {},
    scope: { subscriptions: [], resourceGroups: [], vaults: [], items: [], tags: {}, workloads: [] },
    rules: {
      maxAttempts: 3,
      expiryDays: 10,
      force: false,
      dryRun: false,
      enabledWorkloads: [],
      excludeVaults: [],
      excludeItems: [],
      pollMs: 1,
      backoffMaxMs: 1,
      jobDeadlineMs: 1,
      dayCap: 4,
    },
    startedMs,
    window: { fromMs: startedMs - DAY_MS, toMs: startedMs },
    deadlineMs: startedMs + DAY_MS,
  };
}

/** A run with records of every kind; `ended: false` leaves out its outcome. */
export async function addRun(ledger: Ledger, runId: string, daysOld: number, ended = true): Promise<void> {
  const { store } = ledger;
  const run = runRecord(runId, daysOld);
  await ledger.createRun(run);
  const ref = { runId, vault: "v1", item: "i1", attempt: 1 };
  const record = { runId };
  for (const key of [
    keys.discovery(runId),
    keys.plan(runId),
    keys.candidates(runId, "d", 0),
    keys.gaps(runId, "d", 0),
    keys.skipped(runId, "d", 0),
    keys.planned(runId, "v1", "d", 0),
    keys.checked(runId, "v1"),
    keys.attempt(ref.runId, ref.vault, ref.item, ref.attempt),
    keys.open(runId, "v1", "job"),
    keys.result(runId, "v1", "i1"),
    keys.counted(runId, "v1", "recovered", "i1"),
    keys.progress(runId, "v1"),
    keys.standing(runId),
    keys.report(runId, "html"),
    keys.report(runId, "json"),
    `runs/${runId}/notification`,
  ])
    await writeJson(store, key, record);
  if (ended) await writeJson(store, keys.outcome(runId), { status: "completed", endedMs: run.startedMs + 1, counts: {} });
}

export async function fillStore(store: Store): Promise<Ledger> {
  const ledger = createLedger(store);
  for (const daysOld of [200, 120, 91]) await addRun(ledger, `old-${daysOld}`, daysOld);
  for (const daysOld of [89, 1]) await addRun(ledger, `new-${daysOld}`, daysOld);
  for (let index = 0; index < 8; index++) {
    const daysOld = index % 2 === 0 ? 100 : 3;
    const settled = index < 4 ? { settledMs: NOW_MS - daysOld * DAY_MS } : {};
    await writeJson(store, keys.claim(`item-${index}`), { runId: "x", expiresMs: NOW_MS - daysOld * DAY_MS, ...settled });
  }
  for (const day of ["2026-05-01", "2026-08-21", "2026-08-22", "2026-11-20"])
    await writeJson(store, keys.day(day, "i1"), { seenJobs: [], triggers: [] });
  await writeJson(store, keys.standings("forgotten"), { runs: [{ runId: "old-200", startedMs: NOW_MS - 200 * DAY_MS }] });
  await writeJson(store, keys.standings("in-use"), {
    runs: [
      { runId: "new-1", startedMs: NOW_MS - DAY_MS },
      { runId: "old-91", startedMs: NOW_MS - 91 * DAY_MS },
    ],
  });
  return ledger;
}

export async function keysOf(store: Store): Promise<string[]> {
  const found: string[] = [];
  for await (const key of store.list("")) found.push(key);
  return found;
}

/** What is left when all that is too old has gone. */
export function isKept(key: string): boolean {
  if (key.startsWith("runs/")) return key.startsWith("runs/new-");
  if (key.startsWith("index/")) return key.includes("~new-");
  if (key.startsWith("claims/")) return Number(key.slice(-1)) % 2 === 1;
  if (key.startsWith("days/")) return key >= "days/2026-08-22";
  if (key.startsWith("standings/")) return key.endsWith("in-use");
  return true;
}
