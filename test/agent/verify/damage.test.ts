/** Damage is found, named with what it breaks, and breaks nothing else. */
import { randomBytes } from "node:crypto";
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { readCatalog } from "../../../src/agent/repository/catalog.ts";
import type { Repository } from "../../../src/agent/repository/repository.ts";
import type { VerifyReport } from "../../../src/agent/verify/verify.ts";
import type { BlockStore } from "../../../src/store/blocks/block-store.ts";
import { createMemoryBlockStore } from "../../../src/store/blocks/memory.ts";
import { backUp, jobOf, openTestRepository, pointsOf, testFolder } from "../../support/agent-store.ts";
import { copyStore, damageRecord, keysBelow, rewriteSegment, segmentsOf } from "../../support/damage-store.ts";
import { restoreTo } from "../../support/restore-to.ts";
import { verified } from "../../support/verified.ts";

const KIB = 1024;
const PASSWORD = "a word";
const TIME_LIMIT = { timeout: 60_000 };

interface Chain {
  readonly store: BlockStore;
  readonly repository: Repository;
  /** Of the disk, oldest first. */
  readonly ids: readonly string[];
  readonly folder: string;
}

/** A disk of 24 MiB with three points: a full one, one that changes its end, one that changes its beginning; and another disk beside it. */
async function makeThreePoints(folder: string): Promise<BlockStore> {
  const path = join(folder, "disk.img");
  const other = join(folder, "other.img");
  writeFileSync(path, randomBytes(24 * KIB * KIB));
  writeFileSync(other, randomBytes(100_000));
  const store = createMemoryBlockStore();
  const repository = await openTestRepository(store, { password: PASSWORD, encrypt: true });
  const job = jobOf({ d: path, other }, { blockSizeBytes: 4 * KIB });
  await backUp(repository, job);
  for (const at of [23 * KIB * KIB, 100]) {
    const file = openSync(path, "r+");
    writeSync(file, randomBytes(50), 0, 50, at);
    closeSync(file);
    await backUp(repository, job);
  }
  return store;
}

let made: BlockStore;
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), "reprise-damage-"));
  made = await makeThreePoints(folder);
  rmSync(folder, { recursive: true });
}, 120_000);

/** A copy for each test to damage. */
async function threePoints(): Promise<Chain> {
  const store = createMemoryBlockStore();
  await copyStore(made, store);
  const repository = await openTestRepository(store, { password: PASSWORD });
  const ids = (await pointsOf(repository)).filter(({ row }) => row.disk === "d").map(({ row }) => row.id);
  return { store, repository, ids, folder: testFolder() };
}

/** Which points of the disk `d` each place breaks, by their number. */
function brokenBy({ damaged }: VerifyReport, ids: readonly string[]): Record<string, readonly number[]> {
  return Object.fromEntries(
    damaged.map(({ place, points }) => [
      place,
      points
        .filter(({ disk }) => disk === "d")
        .map(({ id }) => ids.indexOf(id))
        .sort((a, b) => a - b),
    ]),
  );
}

async function restorable({ repository, ids, folder }: Chain): Promise<boolean[]> {
  const answers: boolean[] = [];
  for (const point of ids) {
    const restore = restoreTo(repository, join(folder, `out-${point}-${answers.length}`), { point, disk: "d" });
    answers.push(
      await restore.then(
        () => true,
        () => false,
      ),
    );
  }
  return answers;
}

describe("verify", () => {
  it("J13: finds nothing where nothing is wrong, and reads each block once", TIME_LIMIT, async () => {
    const { repository } = await threePoints();
    const quick = await verified(repository, false);
    const full = await verified(repository);
    expect(quick).toEqual(full);
    // 6,144 blocks of the disk and two that changed, 25 of the other one.
    expect(full).toEqual({ points: 6, blocks: 6_144 + 2 + 25, bytes: 6_146 * 4 * KIB + 100_000, damaged: [], recorded: 0 });
  });

  it("J13: a damaged manifest breaks its point alone", TIME_LIMIT, async () => {
    const chain = await threePoints();
    const { store, repository, ids } = chain;
    const manifest = (await pointsOf(repository)).find(({ row }) => row.id === ids[0] && row.disk === "d")?.row.manifest ?? "";
    await damageRecord(store, manifest);
    for (const full of [false, true]) {
      const report = await verified(repository, full);
      expect(brokenBy(report, ids)).toEqual({ [manifest]: [0] });
      expect(report.damaged[0]?.why).toMatch(/checksum/);
    }
    expect(await restorable(chain)).toEqual([false, true, true]);
  });

  it("J13: a damaged index page breaks the points that share it", TIME_LIMIT, async () => {
    const chain = await threePoints();
    const { store, repository, ids } = chain;
    const rows = (await pointsOf(repository)).filter(({ row }) => row.disk === "d").map(({ row }) => row.manifest);
    const folder = rows[0]?.replace(/[^/]+$/, "") ?? "";
    const pages = (await keysBelow(store, folder)).filter((key) => !rows.includes(key));
    // 16 MiB a page: two of the full point, one more for each change.
    expect(pages).toHaveLength(4);
    const broken: Record<string, readonly number[]> = {};
    for (const page of pages) {
      const before = await store.get(page);
      await damageRecord(store, page);
      Object.assign(broken, brokenBy(await verified(repository, false), ids));
      await store.put(page, before?.bytes ?? new Uint8Array());
    }
    expect(Object.values(broken).toSorted((a, b) => (String(a) < String(b) ? -1 : 1))).toEqual([[0], [0, 1], [1, 2], [2]]);
  });

  it("J13: a damaged unit breaks the points that need it, and no others", TIME_LIMIT, async () => {
    const chain = await threePoints();
    const { store, repository, ids } = chain;
    const segment = (await segmentsOf(store)).toSorted((a, b) => a.length - b.length);
    const sizes = await Promise.all(segment.map(async (name) => ({ name, units: (await store.listUnits(name))?.units.length ?? 0 })));
    const full = sizes.find(({ units }) => units === 6)?.name ?? "";
    // Its first unit holds the beginning, of which the last point has one block anew: it needs the other blocks still.
    await rewriteSegment(store, full, (units) => {
      const [first, ...others] = units;
      if (first === undefined) return units;
      const bytes = Buffer.from(first.bytes);
      bytes.writeUInt8(bytes.readUInt8(bytes.byteLength - 1) ^ 1, bytes.byteLength - 1);
      return [{ ...first, bytes }, ...others];
    });
    const report = await verified(repository);
    expect(brokenBy(report, ids)).toEqual({ [full]: [0, 1, 2] });
    expect((await verified(repository, false)).damaged).toEqual([]);
    expect(await restorable(chain)).toEqual([false, false, false]);
    await expect(restoreTo(repository, join(chain.folder, "x"), { disk: "d" })).rejects.toThrow(/is damaged: the unit at 0 cannot be used/);
  });

  it("J13: a segment that is gone or too short is found without reading it", TIME_LIMIT, async () => {
    const chain = await threePoints();
    const { store, repository, ids } = chain;
    const sizes = await Promise.all(
      (await segmentsOf(store)).map(async (name) => ({ name, units: (await store.listUnits(name))?.units ?? [] })),
    );
    const full = sizes.find(({ units }) => units.length === 6)?.name ?? "";
    await rewriteSegment(store, full, (units) => units.slice(0, 5));
    for (const thorough of [false, true]) {
      const report = await verified(repository, thorough);
      expect(brokenBy(report, ids)).toEqual({ [full]: [0, 1, 2] });
    }
    await store.deleteSegment(full);
    for (const thorough of [false, true]) expect((await verified(repository, thorough)).damaged[0]?.why).toMatch(/is missing/);
    // The other disk is in another segment.
    expect((await verified(repository)).damaged.flatMap(({ points }) => points.map(({ disk }) => disk))).not.toContain("other");
  });

  it("J13: a record that is gone is named, with its point and those that follow", TIME_LIMIT, async () => {
    const chain = await threePoints();
    const { store, repository, ids } = chain;
    const second = (await pointsOf(repository)).find(({ row }) => row.id === ids[1] && row.disk === "d");
    const place = `files/${second?.file}/${String(second?.part).padStart(4, "0")}`;
    await store.delete(place);
    const catalog = await readCatalog(repository);
    expect(catalog.lost.map(({ id }) => id)).toEqual([ids[1]]);
    expect(catalog.points.filter(({ broken }) => broken !== undefined).map(({ row }) => row.id)).toEqual([ids[2]]);
    expect(brokenBy(await verified(repository, false), ids)).toEqual({ [place]: [1, 2] });
    expect(await restorable(chain)).toEqual([true, false, false]);
    await expect(restoreTo(repository, join(chain.folder, "x"), { disk: "d" })).rejects.toThrow(
      new RegExp(`needs point ${ids[1]}.*The newest intact one is ${ids[0]}`),
    );
  });

  it("J13: a record that is damaged counts as gone, and is named", TIME_LIMIT, async () => {
    const chain = await threePoints();
    const { store, repository, ids } = chain;
    const last = (await pointsOf(repository)).find(({ row }) => row.id === ids[2] && row.disk === "d");
    const place = `files/${last?.file}/${String(last?.part).padStart(4, "0")}`;
    await damageRecord(store, place);
    expect(brokenBy(await verified(repository, false), ids)).toEqual({ [place]: [2] });
    // The newest point cannot be restored: an older one is not taken in its place silently.
    await expect(restoreTo(repository, join(chain.folder, "x"), { disk: "d" })).rejects.toThrow(/is broken/);
    expect(await restorable(chain)).toEqual([true, true, false]);
  });
});
