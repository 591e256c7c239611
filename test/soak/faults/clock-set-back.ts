/** J1, J7: the clock is set back by a day, in the middle of a transfer or while a retry is waited for. */
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { told, unless, type FaultBench, type FaultRow } from "./bench.ts";

const PRELOAD = fileURLToPath(new URL("./clock-set-back.mjs", import.meta.url));
const DAY_MS = 86_400_000;
const SIZE_MIB = 40;

export async function clockSetBack(bench: FaultBench, when: "in the middle" | "before a retry"): Promise<FaultRow> {
  const name = bench.name(`clock-${when}`);
  const disk = bench.image(name, SIZE_MIB);
  const store = { place: join(bench.folder, `${name}-store`), settings: {} };
  const job = bench.job(name, store, { disk }, { retries: { count: 2, wait: "8s" }, bandwidth: "8MiB" });
  const settings = { CLOCK_AFTER_MS: "3500", CLOCK_BACK_MS: String(DAY_MS) };
  // Without its disk the first run fails, and its retry is waited for when the clock is set.
  if (when === "before a retry") await rename(disk, `${disk}-away`);
  const running = bench.start(job, { ...store, settings }, { nodeFlags: ["--import", PRELOAD] });
  if (when === "before a retry") running.child.stdout?.once("data", () => void rename(`${disk}-away`, disk));
  const startedMs = performance.now();
  const seen = told(await running.ended);
  const tookMs = performance.now() - startedMs;
  const wrong = await bench.wrongWith(store, disk);
  // Nothing has changed: on the right clock nothing is sent.
  const next = await bench.backup(job, store);
  await rm(disk, { force: true });
  return {
    fault: `clock set back by a day ${when}`,
    ended: when === "in the middle" ? "success" : "the wait begins anew, retry: success",
    retries: seen.retries,
    points: (await bench.points(store)).length,
    blocksResumed: 0,
    wrong: [
      ...unless(seen.code === 0 && seen.result === "success", "it did not succeed", seen),
      ...unless(seen.retries === (when === "in the middle" ? 0 : 1), "another number of retries", seen),
      ...unless(when === "in the middle" || seen.notes.some((note) => note.includes("The clock was set back")), "it did not say so", seen),
      ...unless(tookMs < 60_000, `it took ${Math.round(tookMs / 1_000)} s`, seen),
      ...wrong,
      ...unless(next.code === 0 && next.tasks[0]?.blocksSent === 0, "the next session sent blocks again", next),
    ],
  };
}
