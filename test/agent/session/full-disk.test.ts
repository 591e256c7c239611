/** A session whose target has no space left in the middle of it: a real mount, sessions in this process. */
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { openDirectoryBlockStore } from "../../../src/store/blocks/directory.ts";
import { reconnecting } from "../../../src/store/blocks/reconnecting.ts";
import { throttling } from "../../../src/store/blocks/throttling.ts";
import type { SessionOptions } from "../../../src/agent/session/session-options.ts";
import type { Repository } from "../../../src/agent/repository/repository.ts";
import { JOB_DEFAULTS, type AgentJob } from "../../../src/policy/job/job.ts";
import { backUp, openTestRepository, pointsOf, restored, testFolder } from "../../support/agent-store.ts";

const MIB = 1024 * 1024;
const BLOCKS = 24;

function mount(place: string, options: string): boolean {
  return spawnSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", place]).status === 0;
}

/** Mounting takes root, and not every container lets root do it. */
const canMount = spawnSync("unshare", ["-m", "mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", "/mnt"]).status === 0;

interface Scene {
  readonly job: AgentJob;
  readonly repository: Repository;
  readonly bytes: Readonly<Record<string, Buffer>>;
  readonly drops: string[];
  readonly root: string;
  readonly makeSpace: () => void;
}

/** Two machines: m1 fits, m2 does not. */
async function scene(): Promise<Scene> {
  const folder = testFolder();
  const place = join(folder, "mounted");
  mkdirSync(place);
  if (!mount(place, "size=14m")) throw new Error("not mounted");
  onTestFinished(() => void spawnSync("umount", ["-l", place]));
  const bytes = { m1: randomBytes(2 * MIB), m2: randomBytes(BLOCKS * MIB) };
  const machines = Object.entries(bytes).map(([name, content]) => {
    const path = join(folder, `${name}.img`);
    writeFileSync(path, content);
    return { name, disks: [{ name: "disk", path, medium: "image" as const }], folders: [] };
  });
  const root = join(place, "store");
  const drops: string[] = [];
  // Hardly any two units at a time: of eight that begin together, all may meet the end of the space.
  const store = throttling(
    reconnecting(openDirectoryBlockStore(root), { events: { onDrop: ({ reason }) => void drops.push(reason) } }),
    4 * MIB,
  );
  const job = { ...JOB_DEFAULTS, name: "test", target: root, machines, retries: { count: 2, waitMs: 20 } };
  const makeSpace = (): void => void mount(place, "remount,size=120m");
  return { job, repository: await openTestRepository(store), bytes, drops, root, makeSpace };
}

/** What was decided, in order. */
function deciding(onWait: () => void = () => {}): { readonly reasons: string[]; readonly onEvent: SessionOptions["onEvent"] } {
  const reasons: string[] = [];
  return {
    reasons,
    onEvent: (event) => {
      if (event.kind !== "decision") return;
      reasons.push(`${event.decision.kind}: ${event.decision.reason}`);
      if (event.decision.kind === "wait") onWait();
    },
  };
}

async function expectWhole({ repository, bytes }: Scene): Promise<void> {
  const points = await pointsOf(repository);
  expect(points.map(({ row }) => row.machine).sort()).toEqual(["m1", "m2"]);
  for (const point of points) expect((await restored(repository, point)).equals(bytes[point.row.machine] ?? Buffer.alloc(0))).toBe(true);
}

describe.skipIf(!canMount)("a target that is full in the middle of a session", { timeout: 60_000 }, () => {
  it("J1, J3, J7: the retry takes the machine that failed, and with space by then goes on with what had arrived", async () => {
    const seen = await scene();
    const { reasons, onEvent } = deciding(seen.makeSpace);
    const { state, tasks } = await backUp(seen.repository, seen.job, { startedBy: "schedule", onEvent });
    expect(state.phase).toMatchObject({ kind: "ended", result: "success" });
    expect(state.retriesUsed).toBe(1);
    expect(reasons.find((reason) => reason.startsWith("task-ended: disk of m2"))).toMatch(/no space is left on the device.*STORE_FULL/);
    expect(reasons.find((reason) => reason.startsWith("run: Retry"))).toContain("takes what failed: disk of m2.");
    expect(state.tasks.map(({ machine, runs }) => [machine, runs])).toEqual([
      ["m1", 1],
      ["m2", 2],
    ]);
    const [, second] = tasks;
    expect(second?.blocksResumed).toBeGreaterThanOrEqual(4);
    expect((second?.blocksResumed ?? 0) + (second?.blocksSent ?? 0)).toBe(BLOCKS);
    expect(seen.drops).toEqual([]);
    await expectWhole(seen);
  });

  it("J1, R4: without space all retries are used; it is no lost connection, nothing half written is left, and the next session goes on", async () => {
    const seen = await scene();
    const { reasons, onEvent } = deciding();
    const { state, tasks } = await backUp(seen.repository, seen.job, { startedBy: "schedule", onEvent });
    expect(state.phase).toMatchObject({ kind: "ended", result: "failed" });
    expect(state.retriesUsed).toBe(2);
    expect(tasks.map(({ machine, result, errorCode }) => [machine, result, errorCode])).toEqual([
      ["m1", "success", undefined],
      ["m2", "failed", "STORE_FULL"],
    ]);
    expect(reasons.at(-1)).toMatch(/^end: 1 of 2 tasks failed \(disk of m2\); all 2 retries are used/);
    expect(seen.drops).toEqual([]);
    expect(await readdir(join(seen.root, "+tmp")).catch(() => [])).toEqual([]);
    seen.makeSpace();
    const next = await backUp(seen.repository, seen.job);
    expect(next.state.phase).toMatchObject({ result: "success" });
    expect(next.tasks.find(({ machine }) => machine === "m2")?.blocksResumed).toBeGreaterThanOrEqual(4);
  });

  it("J4: started by hand it is not retried", async () => {
    const seen = await scene();
    const { state } = await backUp(seen.repository, seen.job, { startedBy: "manual" });
    expect([state.phase.kind, state.retriesUsed]).toEqual(["ended", 0]);
    expect(state.log.at(-1)?.reason).toMatch(/1 of 2 tasks failed \(disk of m2\); not retried/);
  });
});
