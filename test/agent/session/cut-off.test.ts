/** Sessions whose process is killed: real processes, a real directory store. */
import { writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { hasEnded, newestSession } from "../../../src/agent/session/session-record.ts";
import { readCatalog } from "../../../src/agent/repository/catalog.ts";
import { jsonLines, runCommand, startCommand } from "../../support/command-line.ts";
import { workplace, type Workplace } from "../../support/agent-session.ts";

const SIZE_BYTES = 48 * 1024 * 1024;

/** A job file whose transfer takes some seconds. */
function jobFile(place: Workplace): string {
  writeFileSync(join(place.folder, "disk.img"), randomBytes(SIZE_BYTES));
  const path = join(place.folder, "job.json");
  const machines = [{ name: "m1", disks: [{ name: "data", path: "disk.img" }] }];
  writeFileSync(path, JSON.stringify({ name: "nightly", target: "store", machines, bandwidth: "8MiB" }));
  return path;
}

async function untilUnitsArrived(place: Workplace, atLeast: number): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    let units = 0;
    for await (const { name } of place.repository.store.listSegments("data/"))
      units += (await place.repository.store.listUnits(name))?.units.length ?? 0;
    if (units >= atLeast) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("no units arrived");
}

describe("a session whose process was killed", () => {
  it("F3, J7: is recorded as cut off by the next one, which sends nothing again that had arrived; one restore point", async () => {
    const place = await workplace();
    const job = jobFile(place);
    const running = startCommand(["backup", "--job", job, "--json"]);
    await untilUnitsArrived(place, 3);
    running.child.kill("SIGKILL");
    await running.ended;
    const cut = await newestSession(place.repository, "nightly");
    if (cut === undefined) throw new Error("no record");
    expect(hasEnded(cut)).toBe(false);

    const next = await runCommand(["backup", "--job", job, "--json"]);
    expect([next.code, next.stderr]).toEqual([0, ""]);
    const summary = jsonLines(next).at(-1) as { session: string; tasks: { blocksResumed: number; blocksSent: number }[] };
    expect(summary.tasks[0]?.blocksResumed).toBeGreaterThanOrEqual(12);
    expect((summary.tasks[0]?.blocksResumed ?? 0) + (summary.tasks[0]?.blocksSent ?? 0)).toBe(48);
    const steps: string[] = [];
    for await (const key of place.repository.store.list(`sessions/${cut.state.session}/`)) steps.push(key);
    expect(steps).toHaveLength(cut.steps + 1);
    const told = jsonLines(next).map(({ text }) => String(text));
    expect(told.join()).toContain(`Session ${cut.state.session} was cut off`);
    expect((await readCatalog(place.repository)).points.map(({ row }) => row.id)).toEqual([summary.session]);
  }, 90_000);

  it("one session of a job at a time: a second one changes nothing and ends with exit code 11", async () => {
    const place = await workplace();
    const job = jobFile(place);
    const running = startCommand(["backup", "--job", job, "--json"]);
    await untilUnitsArrived(place, 1);
    const second = await runCommand(["backup", "--job", job]);
    expect(second.code).toBe(11);
    expect(second.stderr).toMatch(/The store is locked by session \S+ of job nightly \(process \d+/);
    expect((await running.ended).code).toBe(0);
    expect((await readCatalog(place.repository)).points).toHaveLength(1);
  }, 90_000);
});
