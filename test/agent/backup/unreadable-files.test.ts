/** Files and directories that cannot be read: the others are backed up, and what is missing is said. */
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import type { Repository } from "../../../src/agent/repository/repository.ts";
import { fileFailure } from "../../../src/agent/source/failures.ts";
import { openReconnecting } from "../../../src/agent/source/reconnecting-source.ts";
import { openSource } from "../../../src/agent/source/open-source.ts";
import { FileUnreadError, SourceError, type FolderSource } from "../../../src/agent/source/source.ts";
import { systemClock } from "../../../src/clock/clock.ts";
import { createMemoryBlockStore } from "../../../src/store/blocks/memory.ts";
import { backUp, jobOf, openTestRepository, pointsOf, testFolder } from "../../support/agent-store.ts";
import { restoreTo } from "../../support/restore-to.ts";
import { canShare, Share } from "../../support/share.ts";
import { verified } from "../../support/verified.ts";

const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;

let base: string;
let folder: string;
let repository: Repository;

beforeEach(async () => {
  base = testFolder();
  fs.chmodSync(base, 0o755);
  folder = join(base, "data");
  fs.mkdirSync(folder);
  repository = await openTestRepository(createMemoryBlockStore());
});

async function asNobody<T>(work: () => Promise<T>): Promise<T> {
  process.seteuid?.(NOBODY);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

/** What the newest point holds, by name. */
async function restoredNames(): Promise<string[]> {
  const to = join(base, `out-${randomBytes(4).toString("hex")}`);
  await restoreTo(repository, to);
  return fs.readdirSync(to, { recursive: true, encoding: "utf8" }).sort();
}

const job = () => jobOf({ f: `${folder}/` });

/** Reads of the file `path` from `fromByte` on fail as on a bad sector. */
function badSector(path: string, fromByte: number): void {
  const whole = fs.read;
  const inode = fs.statSync(path).ino;
  fs.read = ((fd: number, buffer: Buffer, offset: number, length: number, position: number, done: (error: Error | null) => void) => {
    if (position + length > fromByte && fs.fstatSync(fd).ino === inode)
      return done(Object.assign(new Error("EIO: i/o error, read"), { code: "EIO" }));
    return whole(fd, buffer, offset, length, position, done);
  }) as typeof fs.read;
  syncBuiltinESMExports();
  onTestFinished(() => {
    fs.read = whole;
    syncBuiltinESMExports();
  });
}

describe.runIf(isRoot)("for a user who may not read everything (needs root to become one)", () => {
  it("J2: a file and a directory that are closed to him are remarks, and the point holds the rest", async () => {
    fs.writeFileSync(join(folder, "closed"), "secret", { mode: 0o600 });
    fs.mkdirSync(join(folder, "locked"), { mode: 0o700 });
    fs.writeFileSync(join(folder, "locked/inside"), "secret");
    fs.writeFileSync(join(folder, "open"), "content");
    const { state, tasks } = await asNobody(() => backUp(repository, job()));
    expect(tasks).toMatchObject([
      {
        result: "warning",
        unread: 2,
        remarks: [
          "closed: it cannot be read and is left out: permission denied (EACCES).",
          "locked: what is in it cannot be read: permission denied (EACCES)",
        ],
      },
    ]);
    expect(state.phase).toMatchObject({ kind: "ended", result: "warning" });
    expect(state.retriesUsed).toBe(0);
    expect(await restoredNames()).toEqual(["locked", "open"]);
  });

  it("J2: what an earlier point has is not carried over as if it had been read, and the remark names that point", async () => {
    fs.writeFileSync(join(folder, "file"), "content");
    const { state } = await backUp(repository, job());
    fs.chmodSync(join(folder, "file"), 0o600);
    const { tasks } = await asNobody(() => backUp(repository, job()));
    expect(tasks).toMatchObject([
      {
        result: "warning",
        kind: "incremental",
        remarks: [
          `file: it cannot be read and is left out: permission denied (EACCES). Point ${state.session} has an earlier state of it.`,
        ],
      },
    ]);
    expect(await restoredNames()).toEqual([]);
    expect((await backUp(repository, job())).tasks).toMatchObject([{ result: "success" }]);
    expect(await restoredNames()).toEqual(["file"]);
  });

  it("J2: of many the first are named, and the others counted", async () => {
    for (let index = 0; index < 143; index++) fs.writeFileSync(join(folder, `f${String(index).padStart(3, "0")}`), "x", { mode: 0o600 });
    const { tasks } = await asNobody(() => backUp(repository, job()));
    expect(tasks[0]?.remarks).toHaveLength(21);
    expect(tasks[0]).toMatchObject({ result: "warning", unread: 143 });
    expect(tasks[0]?.remarks.at(-1)).toBe("and 123 more.");
  });

  it("J2: a folder that is closed to him as a whole, before or meanwhile, is a failure", async () => {
    fs.writeFileSync(join(folder, "file"), "content");
    const meanwhile = async (path: string): Promise<FolderSource> => {
      const source = (await openSource(path)) as FolderSource;
      return {
        kind: "folder",
        path,
        entries: (onSkip) => source.entries(onSkip),
        openFile: async (entry) => {
          process.seteuid?.(0);
          fs.chmodSync(folder, 0o700);
          process.seteuid?.(NOBODY);
          return source.openFile(entry);
        },
        close: () => source.close(),
      };
    };
    const closed = await asNobody(() => backUp(repository, job(), { openSource: meanwhile }));
    expect(closed.tasks).toMatchObject([{ result: "failed", errorCode: "SOURCE_DENIED" }]);
    expect((await asNobody(() => backUp(repository, job()))).tasks).toMatchObject([{ result: "failed", errorCode: "SOURCE_DENIED" }]);
    expect(await pointsOf(repository)).toEqual([]);
  });
});

describe("a bad sector", () => {
  it("J2: leaves out its file, also one of which parts stand in the tree already, and nothing else", async () => {
    fs.writeFileSync(join(folder, "before"), randomBytes(100_000));
    fs.writeFileSync(join(folder, "big"), randomBytes(80 * 1024 * 1024));
    fs.writeFileSync(join(folder, "later"), randomBytes(100_000));
    const small = jobOf({ f: `${folder}/` }, { blockSizeBytes: 4_096 });
    badSector(join(folder, "big"), 70 * 1024 * 1024);
    const { tasks } = await backUp(repository, small);
    expect(tasks).toMatchObject([
      {
        result: "warning",
        unread: 1,
        remarks: ["big: it cannot be read and is left out: the device reports an input/output error (EIO)."],
      },
    ]);
    expect(await restoredNames()).toEqual(["before", "later"]);
    const report = await verified(repository);
    expect(report.damaged).toEqual([]);
    // What was sent of it in vain is not held by the point.
    expect(report.bytes).toBeLessThan(10 * 1024 * 1024);
  });

  it("J2: under the first name of a hard link leaves out all its names, each one said", async () => {
    fs.writeFileSync(join(folder, "a"), "content");
    fs.linkSync(join(folder, "a"), join(folder, "b"));
    badSector(join(folder, "a"), 0);
    const { tasks } = await backUp(repository, job());
    expect(tasks[0]?.remarks.map((remark) => remark.slice(0, 2))).toEqual(["a:", "b:"]);
    expect(await restoredNames()).toEqual([]);
  });

  it("J2: a remark of a very long path does not make the point unreadable", async () => {
    let deep = folder;
    for (let level = 0; level < 16; level++) {
      deep = join(deep, String(level).repeat(240).slice(0, 240));
      fs.mkdirSync(deep);
    }
    const file = join(deep, "f".repeat(190));
    fs.writeFileSync(file, "content");
    badSector(file, 0);
    expect((await backUp(repository, job())).tasks).toMatchObject([{ result: "warning", unread: 1 }]);
    fs.writeFileSync(join(folder, "more"), "content");
    const next = await backUp(repository, job());
    expect(next.tasks).toMatchObject([{ kind: "incremental" }]);
  });
});

describe("an error that is not of one file", () => {
  const fails = (code: string, onShare: boolean): Promise<unknown> =>
    fileFailure(Object.assign(new Error(code), { code }), "read it", { onShare, checkFolder: async () => {} });

  it.each(["EMFILE", "ENFILE", "ENOMEM"])("is a failure: %s", async (code) => {
    expect(await fails(code, false)).toMatchObject({ code: "SOURCE_FAILED" });
  });

  it.each(["ESTALE", "ENOTCONN", "EHOSTDOWN", "ETIMEDOUT", "EIO"])("R5: is a lost share: %s", async (code) => {
    expect(await fails(code, true)).toMatchObject({ code: "SOURCE_UNREACHABLE" });
  });

  it("is the folder's when the folder cannot be read either", async () => {
    const gone = new SourceError("SOURCE_UNREACHABLE", "gone");
    const error = Object.assign(new Error("EIO"), { code: "EIO" });
    expect(await fileFailure(error, "read it", { onShare: false, checkFolder: () => Promise.reject(gone) })).toBe(gone);
    expect(await fails("EIO", false)).toBeInstanceOf(FileUnreadError);
  });
});

describe.runIf(canShare)("on a share (needs root and FUSE)", () => {
  const shared = async (): Promise<{ share: Share; mounted: string }> => {
    const mounted = testFolder();
    fs.writeFileSync(join(folder, "a"), "content");
    fs.writeFileSync(join(folder, "b.unreadable"), "content");
    fs.writeFileSync(join(folder, "c"), "content");
    fs.utimesSync(folder, 1, 1);
    const share = new Share(folder, mounted);
    await share.come();
    return { share, mounted };
  };
  const patience = { attemptEveryMs: 50, patienceMs: 20_000 };

  it("R5, J2: a file that its server cannot read is a remark once it is sure that the share is there", async () => {
    const { mounted } = await shared();
    const { tasks } = await backUp(repository, jobOf({ f: `${mounted}/` }), {
      openSource: (path) => openReconnecting(path, { clock: systemClock, patience }),
    });
    expect(tasks).toMatchObject([{ result: "warning", unread: 1, remarks: [expect.stringMatching(/^b\.unreadable: .*\(EIO\)\.$/)] }]);
    expect(await restoredNames()).toEqual(["a", "c"]);
  });

  it("R5: a share that vanishes while files are read leaves out none of them", async () => {
    const { share, mounted } = await shared();
    fs.rmSync(join(folder, "b.unreadable"));
    let opened = 0;
    const { tasks } = await backUp(repository, jobOf({ f: `${mounted}/` }), {
      openSource: async (path) => {
        const source = (await openReconnecting(path, { clock: systemClock, patience })) as FolderSource;
        const openFile: FolderSource["openFile"] = async (entry) => {
          const file = await source.openFile(entry);
          if (++opened === 1) {
            await share.vanish();
            setTimeout(() => void share.come(), 700);
          }
          return file;
        };
        return { kind: "folder", path, entries: (onSkip) => source.entries(onSkip), openFile, close: () => source.close() };
      },
    });
    expect(tasks).toMatchObject([{ result: "success", remarks: [] }]);
    expect(await restoredNames()).toEqual(["a", "c"]);
  });
});
