/**
 * The simulated control plane in a process of its own, on the virtual time of whoever asks: every question carries it. So the host's share of time and
 * memory can be told from the simulator's.
 */
import { createSimulator, type SimulatorResponse } from "../../src/local/azure/simulator.ts";
import type { SimulatorRequest } from "../../src/local/azure/messages.ts";
import { estateOf, type EstateSpec } from "./estates.ts";

export type Question = { readonly id: number; readonly nowMs: number } & (
  | { readonly request: SimulatorRequest }
  | { readonly audit: true }
);
export type Reply = { readonly id: number } & ({ readonly response: SimulatorResponse | "drop" } | { readonly audit: Audit });

/** What the simulator saw and holds at the end. */
export interface Audit {
  /** Backups accepted, of items with any. */
  readonly accepted: Readonly<Record<string, number>>;
  readonly calls: {
    readonly graph: number;
    readonly triggers: number;
    readonly operations: number;
    readonly details: number;
    readonly lists: number;
    readonly throttled: number;
  };
  /** Vaults and stretches of five minutes in which a vault was listed. */
  readonly listedIntervals: number;
  readonly peakMiB: number;
}

const spec = JSON.parse(process.argv[2] ?? "") as EstateSpec;
let nowMs = 0;
const clock = { now: () => nowMs, sleep: async () => {}, work: <T>(run: () => Promise<T>) => run(), at: () => () => {} };
const simulator = createSimulator({ estate: estateOf(spec), clock });
const reply = (message: Reply): void => void process.send?.(message);

process.on("message", (question: Question) => {
  nowMs = Math.max(nowMs, question.nowMs);
  if ("audit" in question) void audit().then((found) => reply({ id: question.id, audit: found }));
  else void simulator.handle(question.request).then((response) => reply({ id: question.id, response }));
});
process.on("disconnect", () => process.exit());
reply({ id: 0, response: "drop" });

async function inspect(what: "log" | "state"): Promise<string> {
  const answer = await simulator.handle({ method: "GET", url: `http://127.0.0.1/_simulator/${what}`, headers: {}, body: "" });
  if (answer === "drop") throw new Error("the simulator did not answer");
  return answer.body;
}

async function audit(): Promise<Audit> {
  const state = JSON.parse(await inspect("state")) as { items: { name: string; backupsAccepted: number }[] };
  const calls = { graph: 0, triggers: 0, operations: 0, details: 0, lists: 0, throttled: 0 };
  const intervals = new Set<string>();
  for (const line of (await inspect("log")).trimEnd().split("\n")) {
    const { time, method, path, status } = JSON.parse(line) as { time: string; method: string; path: string; status: number };
    if (status === 429) calls.throttled++;
    if (/resourcegraph/i.test(path)) calls.graph++;
    else if (method === "POST") calls.triggers++;
    else if (/operation(?:sStatus|Results)/i.test(path)) calls.operations++;
    else if (/\/backupJobs\/[^/]+$/i.test(path)) calls.details++;
    else if (/\/backupJobs$/i.test(path)) {
      calls.lists++;
      intervals.add(`${path} ${Math.floor(Date.parse(time) / 300_000)}`);
    }
  }
  return {
    accepted: Object.fromEntries(
      state.items.flatMap(({ name, backupsAccepted }) => (backupsAccepted > 0 ? [[name, backupsAccepted]] : [])),
    ),
    calls,
    listedIntervals: intervals.size,
    peakMiB: process.resourceUsage().maxRSS / 1024,
  };
}
