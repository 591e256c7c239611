/** Sources that become smaller or larger in the middle of a session: what the session makes of it, and what it does not. */
import { randomBytes } from "node:crypto";
import { appendFileSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openSource } from "../../../src/agent/source/open-source.ts";
import type { Source } from "../../../src/agent/source/source.ts";
import { createMemoryBlockStore } from "../../../src/store/blocks/memory.ts";
import { backUp, jobOf, openTestRepository, pointsOf, restored, testFolder } from "../../support/agent-store.ts";
import { restoreTo } from "../../support/restore-to.ts";

const MIB = 1024 * 1024;
const SIZE_MIB = 20;

/** `happens` just before the first read at or behind the offset. */
function openDisturbed(offset: number, happens: () => void): (path: string) => Promise<Source> {
  let isOver = false;
  const before = (at: number): void => {
    if (isOver || at < offset) return;
    isOver = true;
    happens();
  };
  return async (path) => {
    const source = await openSource(path);
    if (source.kind === "disk") {
      const { kind, medium, sizeBytes } = source;
      return {
        kind,
        medium,
        path: source.path,
        sizeBytes,
        read: (buffer, at) => {
          before(at);
          return source.read(buffer, at);
        },
        fingerprint: () => source.fingerprint(),
        close: () => source.close(),
      };
    }
    return {
      kind: "folder",
      path: source.path,
      entries: (onProblem) => source.entries(onProblem),
      openFile: async (entry) => {
        const file = await source.openFile(entry);
        return (
          file && {
            read: (buffer, at) => {
              before(at);
              return file.read(buffer, at);
            },
            changed: () => file.changed(),
            close: () => file.close(),
          }
        );
      },
      close: () => source.close(),
    };
  };
}

const retries = { count: 3, waitMs: 1 };

describe("a disk that changes its size in the middle of a session", () => {
  it.each([
    ["shrinks", (path: string) => truncateSync(path, 12 * MIB), "became smaller while it was read", true],
    ["grows", (path: string) => appendFileSync(path, randomBytes(3 * MIB)), "changed while it was read", false],
  ])(
    "R3, J2: %s: a warning that says so, not retried; zeros for what is missing; the next session has it as it is",
    async (_, happens, remark, shrinks) => {
      const path = join(testFolder(), "disk.img");
      const before = randomBytes(SIZE_MIB * MIB);
      writeFileSync(path, before);
      const repository = await openTestRepository(createMemoryBlockStore());
      const job = jobOf({ disk: path }, { retries });
      const { state, tasks } = await backUp(repository, job, {
        startedBy: "schedule",
        openSource: openDisturbed(14 * MIB, () => happens(path)),
      });
      expect(state.phase).toMatchObject({ kind: "ended", result: "warning" });
      expect(state.retriesUsed).toBe(0);
      expect(state.log.at(-1)?.reason).toBe("All tasks were processed, with remarks; that is not retried.");
      expect(tasks[0]?.remarks.join()).toContain(remark);
      const [point] = await pointsOf(repository);
      if (point === undefined) throw new Error("there is no point");
      const content = await restored(repository, point);
      expect(content.length).toBe(SIZE_MIB * MIB);
      // A unit is read at once: all before the fifth had been read.
      expect(content.subarray(0, 16 * MIB).equals(before.subarray(0, 16 * MIB))).toBe(true);
      expect(content.subarray(16 * MIB).equals(shrinks ? Buffer.alloc(4 * MIB) : before.subarray(16 * MIB))).toBe(true);

      const next = await backUp(repository, job, { startedBy: "schedule" });
      expect(next.state.phase).toMatchObject({ result: "success" });
      const newest = (await pointsOf(repository)).at(-1);
      if (newest === undefined) throw new Error("there is no point");
      expect((await restored(repository, newest)).equals(readFileSync(path))).toBe(true);
    },
  );
});

describe("a file of a folder that changes its size in the middle of a session", () => {
  it.each([
    ["shrinks", (path: string) => truncateSync(path, 12 * MIB), 12],
    ["is emptied", (path: string) => truncateSync(path, 0), 0],
    ["grows", (path: string) => appendFileSync(path, randomBytes(3 * MIB)), SIZE_MIB],
  ])(
    "R3, J2: %s: a warning that names it, not retried; other files are whole; the next session has it as it is",
    async (_, happens, keptMib) => {
      const folder = join(testFolder(), "files");
      mkdirSync(folder);
      const [path, other] = [join(folder, "a large one"), join(folder, "b small one")];
      const before = randomBytes(SIZE_MIB * MIB);
      writeFileSync(path, before);
      writeFileSync(other, "small");
      const repository = await openTestRepository(createMemoryBlockStore());
      const job = jobOf({ files: `${folder}/` }, { retries });
      const { state, tasks } = await backUp(repository, job, {
        startedBy: "schedule",
        openSource: openDisturbed(14 * MIB, () => happens(path)),
      });
      expect(state.phase).toMatchObject({ kind: "ended", result: "warning" });
      expect(state.retriesUsed).toBe(0);
      expect(tasks[0]?.remarks).toEqual(["a large one: it changed while it was read."]);

      const out = join(testFolder(), "out");
      expect((await restoreTo(repository, out)).problems).toEqual([]);
      const content = readFileSync(join(out, "a large one"));
      expect(content.length).toBe(SIZE_MIB * MIB);
      // Read before it happened, or not there any more.
      expect(content.subarray(0, 14 * MIB).equals(before.subarray(0, 14 * MIB))).toBe(true);
      const rest = keptMib === SIZE_MIB ? before.subarray(14 * MIB) : Buffer.alloc((SIZE_MIB - 14) * MIB);
      expect(content.subarray(14 * MIB).equals(rest)).toBe(true);
      expect(readFileSync(join(out, "b small one"), "utf8")).toBe("small");

      expect((await backUp(repository, job, { startedBy: "schedule" })).state.phase).toMatchObject({ result: "success" });
      const next = join(testFolder(), "next");
      expect((await restoreTo(repository, next)).problems).toEqual([]);
      expect(readFileSync(join(next, "a large one")).equals(readFileSync(path))).toBe(true);
    },
  );
});
