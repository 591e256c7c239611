/**
 * How long an outage takes: every item failed alike and can be retried at once. In virtual time: ours, the bound that the published quotas alone give, and
 * the runbook's way, which starts one backup after another and follows each operation as the service asks.
 */
import { OUTAGE_JOB_MS, type EstateSpec } from "./estates.ts";
import { startSimulator } from "./remote-simulator.ts";

/** As published, per subscription and principal. */
const WRITES = { burst: 200, perSecond: 10 };
const READS = { burst: 250, perSecond: 25 };
const GRAPH = { burst: 15, perSecond: 3 };
const OPERATION_MS = 8_000;

const drainMs = (calls: number, { burst, perSecond }: { readonly burst: number; readonly perSecond: number }): number =>
  (Math.max(0, calls - burst) / perSecond) * 1_000;

/** No client can be through sooner: all pages of both queries, then one write and one read per item of the fullest subscription, then the last job. */
export function boundMs({ items, subscriptions }: { readonly items: number; readonly subscriptions: number }): number {
  const perSubscription = Math.ceil(items / subscriptions);
  return (
    drainMs(2 * Math.ceil(items / 1_000), GRAPH) +
    Math.max(drainMs(perSubscription, WRITES), drainMs(perSubscription, READS)) +
    Math.max(OUTAGE_JOB_MS, OPERATION_MS)
  );
}

export async function runbookMs(spec: EstateSpec, startMs: number): Promise<number> {
  const simulator = await startSimulator(spec);
  let nowMs = startMs;
  const clock = { now: () => nowMs, sleep: async () => {}, work: <T>(run: () => Promise<T>) => run(), at: () => () => {} };
  const { handle } = simulator.at(clock);
  const ask = async (
    method: string,
    url: string,
    body = "",
  ): Promise<{ status: number; headers: Readonly<Record<string, string>>; body: string }> => {
    for (;;) {
      const answer = await handle({ method, url, headers: { authorization: "Bearer bench", "content-type": "application/json" }, body });
      if (answer === "drop") throw new Error("dropped");
      if (answer.status !== 429) return answer;
      nowMs += Number(answer.headers["retry-after"] ?? 1) * 1_000;
    }
  };
  try {
    const state = JSON.parse((await ask("GET", "http://127.0.0.1/_simulator/state")).body) as { items: { id: string }[] };
    for (const { id } of state.items) {
      const accepted = await ask(
        "POST",
        `http://127.0.0.1${id}/backup?api-version=2025-02-01`,
        JSON.stringify({
          properties: { objectType: "IaasVMBackupRequest", recoveryPointExpiryTimeInUTC: new Date(nowMs + 864_000_000).toISOString() },
        }),
      );
      if (accepted.status !== 202) throw new Error(`${accepted.status} ${accepted.body}`);
      for (let done = false; !done;) {
        nowMs += Number(accepted.headers["retry-after"] ?? 60) * 1_000;
        const operation = JSON.parse((await ask("GET", accepted.headers["azure-asyncoperation"] ?? "")).body) as { status: string };
        done = operation.status === "Succeeded";
      }
    }
    return nowMs - startMs + OUTAGE_JOB_MS;
  } finally {
    simulator.stop();
  }
}
