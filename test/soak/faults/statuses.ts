/** R4: what the service answers to a unit in the middle of a session. Some answers are repeated within the run; the others fail the task, and a retry goes on. */
import type { Azurite } from "../../support/azurite.ts";
import { blocksResumed, unless, type FaultBench, type FaultRow } from "./bench.ts";
import { startRefusingProxy } from "./refusing-proxy.ts";

export const REPEATED = [408, 429, 500, 502, 503, 504] as const;
export const FAILURES = [401, 403, 404, 409, 412, 413] as const;

const SIZE_MIB = 40;
const TIMES = 3;
const RETRY_AFTER_SECONDS = 2;
/** A timer may be a little early against another clock. */
const SLACK_MS = 50;

export async function answered(bench: FaultBench, azurite: Azurite, status: number): Promise<FaultRow> {
  const isRepeated = REPEATED.some((each) => each === status);
  const asks = status === 429 || status === 503;
  const name = bench.name(`status-${status}`);
  const disk = bench.image(name, SIZE_MIB);
  const proxy = await startRefusingProxy(azurite.port);
  try {
    const account = new URL(azurite.url).pathname;
    const store = {
      place: `http://127.0.0.1:${proxy.port}${account}/${name}`,
      settings: { AZURE_STORAGE_CONNECTION_STRING: azurite.connectionStringVia(proxy.port) },
    };
    const job = bench.job(name, store, { disk }, { retries: { count: 1, wait: "1s" } });
    const times = isRepeated ? TIMES : 1;
    proxy.refuse({ status, times, afterUnits: 4, ...(asks && { retryAfterSeconds: RETRY_AFTER_SECONDS }) });
    const told = await bench.backup(job, store);
    const waitsMs = proxy.againMs.map((at, index) => at - (proxy.refusedMs[index] ?? 0));
    const tooSoon = asks && waitsMs.some((ms) => ms < RETRY_AFTER_SECONDS * 1_000 - SLACK_MS);
    const lost = told.notes.filter((note) => note.startsWith("The connection was lost"));
    const retried = told.notes.some((note) => note.includes("retry 1 of 1 at"));
    return {
      fault: `${status}, ${times === 1 ? "once" : `${times} times`}${asks ? `, Retry-After: ${RETRY_AFTER_SECONDS}` : ""}`,
      ended: isRepeated ? "repeated within the run: success" : "task failed, retry: success",
      retries: told.retries,
      points: (await bench.points(store)).length,
      blocksResumed: blocksResumed(told),
      wrong: [
        ...unless(told.code === 0 && told.result === "success", "it did not succeed", told),
        ...unless(told.retries === (isRepeated ? 0 : 1) && retried === !isRepeated, "another number of retries", told),
        ...unless(proxy.refusedMs.length === times, `refused ${proxy.refusedMs.length} times`, told),
        ...unless(lost.length === 0, "taken for a lost connection", told),
        ...unless(!tooSoon, `came again after ${waitsMs.map(Math.round).join(", ")} ms`, told),
        ...unless(isRepeated || blocksResumed(told) >= 12, "sent again what had arrived", told),
        ...unless(told.tasks.reduce((sum, task) => sum + task.blocksSent, 0) + blocksResumed(told) === SIZE_MIB, "other blocks", told),
        ...(await bench.wrongWith(store, disk)),
      ],
    };
  } finally {
    await proxy.stop();
  }
}
