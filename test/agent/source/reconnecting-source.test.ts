import * as fs from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { systemClock } from "../../../src/clock/clock.ts";
import { reconnect } from "../../../src/agent/files/patience.ts";
import { openDiskTarget } from "../../../src/agent/restore/target/disk-target.ts";
import { openFolderTarget } from "../../../src/agent/restore/target/folder-target.ts";
import { openSource } from "../../../src/agent/source/open-source.ts";
import { openReconnecting } from "../../../src/agent/source/reconnecting-source.ts";
import type { ReconnectOptions } from "../../../src/agent/source/reconnecting-source.ts";
import type { DiskSource, FolderSource } from "../../../src/agent/source/source.ts";
import { canShare, Share } from "../../support/share.ts";
import { freshFolder, textOf, walkOf } from "./walk-of.ts";

const QUICK = { attemptEveryMs: 50, patienceMs: 20_000 };

interface Shared {
  readonly served: string;
  readonly mounted: string;
  readonly share: Share;
  readonly losses: string[];
  readonly options: ReconnectOptions;
}

async function shared(fill: (served: string) => void): Promise<Shared> {
  const served = freshFolder();
  const mounted = freshFolder();
  fill(served);
  // The two folders may be of one tick of the system's clock, which real ones never are.
  fs.utimesSync(served, 1, 1);
  const share = new Share(served, mounted);
  await share.come();
  const losses: string[] = [];
  return {
    served,
    mounted,
    share,
    losses,
    options: { clock: systemClock, patience: QUICK, onLost: (error) => losses.push(error.code), onBack: () => losses.push("back") },
  };
}

async function opened<S>(path: string, options: ReconnectOptions): Promise<S> {
  const source = await openReconnecting(path, options);
  onTestFinished(() => source.close());
  return source as S;
}

const image = (served: string): void => fs.writeFileSync(join(served, "disk.img"), Buffer.alloc(100_000, 7));

describe.runIf(canShare)("a source on a share that vanishes", () => {
  it("R5: is unreachable, not failed", async () => {
    const { mounted, share } = await shared(image);
    const disk = await openSource(join(mounted, "disk.img"));
    await share.vanish();
    await expect((disk as DiskSource).read(Buffer.alloc(10), 0)).rejects.toMatchObject({ code: "SOURCE_UNREACHABLE" });
    await expect(openSource(join(mounted, "disk.img"))).rejects.toMatchObject({ code: "SOURCE_UNREACHABLE" });
    await disk.close();
  });

  it("R5: a disk is read on when the share is back, with one loss for all reads under way", async () => {
    const { mounted, share, losses, options } = await shared(image);
    const disk = await opened<DiskSource>(join(mounted, "disk.img"), options);
    const buffers = [0, 1, 2].map(() => Buffer.alloc(1_000));
    await disk.read(Buffer.alloc(10), 0);
    await share.vanish();
    const reads = Promise.all(buffers.map((buffer, index) => disk.read(buffer, index * 1_000)));
    setTimeout(() => void share.come(), 500);
    expect(await reads).toEqual([1_000, 1_000, 1_000]);
    expect(buffers[2]?.every((byte) => byte === 7)).toBe(true);
    expect(losses).toEqual(["SOURCE_UNREACHABLE", "back"]);
    expect(await disk.fingerprint()).toMatch(/^100000-/);
  });

  it("R5: another image at the same place is refused", async () => {
    const { served, mounted, share, options } = await shared(image);
    const disk = await opened<DiskSource>(join(mounted, "disk.img"), options);
    await share.vanish();
    fs.rmSync(join(served, "disk.img"));
    fs.writeFileSync(join(served, "disk.img"), Buffer.alloc(99_999, 8));
    setTimeout(() => void share.come(), 200);
    await expect(disk.read(Buffer.alloc(10), 0)).rejects.toMatchObject({
      code: "SOURCE_FAILED",
      message: expect.stringContaining("is not the source that was read before"),
    });
  });

  it("R5: what lies below the mount point is not taken for the share", async () => {
    const { mounted, share, losses, options } = await shared((served) => fs.writeFileSync(join(served, "f"), "content"));
    const folder = await opened<FolderSource>(mounted, options);
    const file = (await walkOf(folder)).entries[1];
    await share.vanish();
    share.unmount();
    setTimeout(() => void share.come(), 700);
    const again = file && (await folder.openFile(file));
    const buffer = Buffer.alloc(7);
    expect(await again?.read(buffer, 0)).toBe(7);
    expect(await again?.changed()).toBe(false);
    await again?.close();
    expect(losses).toEqual(["SOURCE_UNREACHABLE", "back"]);
  });

  it("R5: a walk goes on behind the last entry, each entry once", async () => {
    const { mounted, share, options } = await shared((served) => {
      for (const name of ["a", "b", "c"]) {
        fs.mkdirSync(join(served, name));
        for (let index = 0; index < 100; index++) fs.writeFileSync(join(served, name, `f${index}`), "");
      }
      fs.linkSync(join(served, "a/f0"), join(served, "c/z"));
    });
    const folder = await opened<FolderSource>(mounted, options);
    const whole = await walkOf(folder);
    expect(whole.entries.length).toBe(1 + 3 + 300 + 1);
    const walked = await walkOf(folder, async (path) => {
      if (path !== "b/f50" && path !== "c/f1") return;
      await share.vanish();
      await share.come();
    });
    expect(walked.paths).toEqual(whole.paths);
    const last = walked.entries.at(-1);
    expect(last?.sameAs && textOf(last.sameAs)).toBe("a/f0");
  });

  it("R5: an open file is read on from where it stood", async () => {
    const { mounted, share, options } = await shared((served) => fs.writeFileSync(join(served, "big"), Buffer.alloc(300_000, "abc")));
    const folder = await opened<FolderSource>(mounted, options);
    const entry = (await walkOf(folder)).entries[1];
    const file = entry && (await folder.openFile(entry));
    const buffer = Buffer.alloc(150_000);
    await file?.read(buffer, 0);
    await share.vanish();
    setTimeout(() => void share.come(), 300);
    expect(await Promise.all([file?.read(buffer, 150_000), file?.read(Buffer.alloc(10), 3)])).toEqual([150_000, 10]);
    expect(buffer.subarray(0, 3).toString()).toBe("abc");
    expect(await file?.changed()).toBe(false);
    await file?.close();
  });

  it("R5: as the target of a restore is unreachable, not refused", async () => {
    const { mounted, share } = await shared((served) => fs.mkdirSync(join(served, "folder")));
    await share.vanish();
    const open = [
      () => openDiskTarget({ path: join(mounted, "new.img"), sizeBytes: 1, overwrite: false }),
      () => openFolderTarget({ path: join(mounted, "folder"), overwrite: false, onRemark: () => undefined }),
    ];
    for (const attempt of open) await expect(attempt()).rejects.toMatchObject({ code: "TARGET_UNREACHABLE" });
  });

  it("R5: fails as connection lost when the patience is over, and at once when it is told to stop", async () => {
    const { mounted, share, options } = await shared(image);
    const path = join(mounted, "disk.img");
    const stop = new AbortController();
    const impatient = await opened<DiskSource>(path, { ...options, patience: { attemptEveryMs: 50, patienceMs: 300 } });
    const stopped = await opened<DiskSource>(path, { ...options, signal: stop.signal });
    await share.vanish();
    await expect(impatient.read(Buffer.alloc(10), 0)).rejects.toMatchObject({
      code: "SOURCE_UNREACHABLE",
      message: expect.stringContaining("did not come back within"),
    });
    setTimeout(() => stop.abort(new Error("stopped by hand")), 100);
    await expect(stopped.read(Buffer.alloc(10), 0)).rejects.toThrow("stopped by hand");
  });
});

describe("patience", () => {
  /** Time moves by what is slept, and by `asleepMs` once. */
  function jumpyClock(asleepMs = 0) {
    let nowMs = 0;
    let jumpMs = asleepMs;
    const waits: number[] = [];
    const sleep = (ms: number): Promise<void> => {
      waits.push(ms);
      nowMs += ms + jumpMs;
      jumpMs = 0;
      return Promise.resolve();
    };
    return { clock: { ...systemClock, now: () => nowMs, sleep }, waits, now: () => nowMs };
  }
  const lost = new Error("lost");
  const patience = { attemptEveryMs: 15_000, patienceMs: 30 * 60_000 };
  const fail = (): Promise<never> => Promise.reject(lost);

  it("R1: attempts are at most 15 s apart, for 30 min", async () => {
    const { clock, waits, now } = jumpyClock();
    await expect(reconnect(fail, lost, { clock, patience, isLost: (error) => error === lost })).rejects.toBe(lost);
    expect(Math.max(...waits)).toBe(15_000);
    expect(waits[0]).toBeLessThanOrEqual(1_000);
    expect(now()).toBe(30 * 60_000);
  });

  it("J9: the 30 min count from the wake of the machine", async () => {
    const { clock, now } = jumpyClock(8 * 3_600_000);
    await expect(reconnect(fail, lost, { clock, patience, isLost: () => true })).rejects.toBe(lost);
    expect(now()).toBeGreaterThanOrEqual(8 * 3_600_000 + 30 * 60_000);
  });

  it("R1: an error that is no lost connection ends it at once", async () => {
    const { clock, waits } = jumpyClock();
    const denied = new Error("denied");
    await expect(reconnect(() => Promise.reject(denied), lost, { clock, patience, isLost: (error) => error === lost })).rejects.toBe(
      denied,
    );
    expect(waits.length).toBe(1);
  });
});
