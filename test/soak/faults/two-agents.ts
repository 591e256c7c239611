/** Two agents on one job: one works, the other is told who does. A killed one is followed at once; one that was held up gives way, on another machine too. */
import { spawnSync } from "node:child_process";
import type { Azurite } from "../../support/azurite.ts";
import { WatchedAgent, onceSoon } from "../scenario/watched-agent.ts";
import { unless, type FaultBench, type FaultRow, type Store } from "./bench.ts";
import { WatchedUnits } from "./watched-units.ts";

const SIZE_MIB = 64;
const ENDED = /^session \S+: (success|warning|failed)/;

interface Scene {
  readonly store: Store;
  readonly disk: string;
  readonly start: (wrapper?: readonly string[]) => WatchedAgent;
}

function scene(bench: FaultBench, azurite: Azurite, what: string): Scene {
  const name = bench.name(what);
  const disk = bench.image(name, SIZE_MIB);
  const store = { place: `${azurite.url}/${name}`, settings: { AZURE_STORAGE_CONNECTION_STRING: azurite.connectionString } };
  const job = bench.job(name, store, { disk }, { schedule: onceSoon(), bandwidth: "6MiB" });
  return { store, disk, start: (wrapper) => new WatchedAgent(job, store.settings, wrapper) };
}

/** Both started at the same time; the one that works is killed, and a third goes on. */
export async function twoAtOnce(bench: FaultBench, azurite: Azurite): Promise<FaultRow> {
  const { store, disk, start } = scene(bench, azurite, "two-agents");
  const both = [start(), start()];
  const refused = await Promise.race(both.map(async (agent) => ({ agent, finished: await agent.ended })));
  const worker = both.find((agent) => agent !== refused.agent);
  if (worker === undefined) throw new Error("both ended");
  await new WatchedUnits(store).atLeast(4);
  await worker.end("SIGKILL");
  const third = start();
  const last = await third.said(ENDED);
  const { code } = await third.end("SIGTERM");
  const words = JSON.stringify([refused.finished, worker.lines, third.lines]);
  return {
    fault: "two agents start at once; the one that works is killed",
    ended: "the other: exit code 11; a third goes on with the session: success",
    retries: 0,
    points: (await bench.points(store)).length,
    blocksResumed: 0,
    wrong: [
      ...unless(refused.finished.code === 11 && refused.finished.stderr.includes("the agent of job"), "the second was not refused", {
        words,
      }),
      ...unless(
        third.lines.some((line) => line.includes("goes on where it was cut off")),
        "the third did not go on",
        { words },
      ),
      ...unless(last.includes(": success") && code === 0, "the session did not succeed", { words }),
      ...(await bench.wrongWith(store, disk)),
    ],
  };
}

export function canNameMachines(): boolean {
  return spawnSync("unshare", ["--uts", "hostname", "other"]).status === 0;
}

/** As on another machine: all that is known there of a lease is whether it moves. */
const onMachine = (name: string): readonly string[] => ["unshare", "--uts", "sh", "-c", `hostname ${name} && exec "$0" "$@"`];

/** The first is stopped in the middle for longer than its lease lasts, then let go on, while the second, on another machine, has taken the job over. */
export async function heldUp(bench: FaultBench, azurite: Azurite): Promise<FaultRow> {
  const { store, disk, start } = scene(bench, azurite, "held-up");
  const first = start(onMachine("one"));
  await new WatchedUnits(store).atLeast(4);
  first.signal("SIGSTOP");
  const second = start(onMachine("two"));
  await second.said(/goes on where it was cut off/);
  await new WatchedUnits(store).atLeast(6);
  first.signal("SIGCONT");
  const late = await first.ended;
  const last = await second.said(ENDED);
  const { code } = await second.end("SIGTERM");
  const words = JSON.stringify([late, first.lines, second.lines]);
  return {
    fault: "an agent is held up for longer than its lease lasts, and goes on beside its successor on another machine",
    ended: "the first: exit code 11; the second goes on with the session: success",
    retries: 0,
    points: (await bench.points(store)).length,
    blocksResumed: 0,
    wrong: [
      ...unless(late.code === 11, "the first did not give way", { words }),
      ...unless(last.includes(": success") && code === 0, "the session did not succeed", { words }),
      ...(await bench.wrongWith(store, disk)),
    ],
  };
}
