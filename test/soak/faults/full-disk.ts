/** J1, J7: the disk of the target is full in the middle of a session. The task fails; whether a retry goes on depends on whether there is space by then. */
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { blocksResumed, told, unless, type FaultBench, type FaultRow } from "./bench.ts";

const SIZE_MIB = 40;
const FULL_AT = "18m";

function mount(place: string, options: string): void {
  const { status, stderr } = spawnSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", place]);
  if (status !== 0) throw new Error(stderr.toString());
}

/** Mounting takes root, and not every container lets root do it. */
export function canMount(folder: string): boolean {
  const place = join(folder, "can-mount");
  mkdirSync(place, { recursive: true });
  return spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", place]).status === 0 && spawnSync("umount", [place]).status === 0;
}

export async function fullDisk(bench: FaultBench, freed: "before the retry" | "after the session"): Promise<FaultRow> {
  const name = bench.name("full-disk");
  const place = join(bench.folder, `${name}-mounted`);
  mkdirSync(place);
  mount(place, `size=${FULL_AT}`);
  try {
    const disk = bench.image(name, SIZE_MIB);
    const store = { place: join(place, "store"), settings: {} };
    const job = bench.job(name, store, { disk }, { retries: { count: 1, wait: "5s" } });
    const running = bench.start(job, store);
    if (freed === "before the retry")
      running.child.stdout?.on("data", (text: string) => text.includes("retry 1 of 1 at") && mount(place, "remount,size=120m"));
    const seen = told(await running.ended);
    mount(place, "remount,size=120m");
    const last = freed === "before the retry" ? seen : await bench.backup(job, store);
    const failed = seen.code === 1 && seen.result === "failed" && seen.reason.includes("all 1 retries are used");
    return {
      fault: `target disk full, space ${freed}`,
      ended: freed === "before the retry" ? "task failed, retry: success" : "task failed, retry failed; the next session: success",
      retries: seen.retries,
      points: (await bench.points(store)).length,
      blocksResumed: blocksResumed(last),
      wrong: [
        ...unless((await bench.log(seen, store)).includes("no space is left on the device"), "it did not say why it failed", seen),
        ...unless(!seen.words.includes("connection was lost"), "taken for a lost connection", seen),
        ...unless(seen.retries === 1 && (freed === "before the retry" || failed), "the session did not end as it should", seen),
        ...unless(last.code === 0 && last.result === "success", "it did not succeed with more space", last),
        ...unless(blocksResumed(last) >= 8, "sent again what had arrived", last),
        ...(await bench.wrongWith(store, disk)),
      ],
    };
  } finally {
    spawnSync("umount", ["-l", place]);
  }
}
