/** The store's records of damage: what is written, when, and what a reader makes of those that are wrong. */
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { BadUnits } from "../../../src/agent/repository/bad-units.ts";
import { readDamage } from "../../../src/agent/repository/damage-records.ts";
import { damageRecord, type DamageRecord } from "../../../src/agent/format/records.ts";
import { Repository } from "../../../src/agent/repository/repository.ts";
import type { BlockStore } from "../../../src/store/blocks/block-store.ts";
import { StoreError } from "../../../src/store/store.ts";
import { backUp, pointsOf } from "../../support/agent-store.ts";
import { damageRecord as spoilRecord, keysBelow, segmentsOf } from "../../support/damage-store.ts";
import { restoreTo } from "../../support/restore-to.ts";
import { verified } from "../../support/verified.ts";
import { BLOCK_BYTES, removeSegment, sameContent, segmentFolders, spoil, unitsIn, workplace, type Workplace } from "./damaged-store.ts";

const TIME_LIMIT = { timeout: 60_000 };

/** A disk of three units, encrypted, backed up once. */
async function backedUp(): Promise<Workplace> {
  const place = workplace("disk", "a word");
  await backUp(await place.open(), place.job);
  return place;
}

async function recordsIn(repository: Repository): Promise<readonly DamageRecord[]> {
  const records: DamageRecord[] = [];
  for (const key of await keysBelow(repository.store, "damage/")) {
    const record = await repository.readRecord(key, damageRecord);
    if (record !== undefined) records.push(record);
  }
  return records;
}

function withStore(repository: Repository, store: Partial<BlockStore>): Repository {
  return new Repository({ ...repository.store, ...store }, repository.state, repository.key, repository.keys);
}

const now = (): string => new Date().toISOString();

describe("a record of damage", () => {
  it(
    "J13: names the units that failed, once, whoever verifies how often; what comes to it is a record of its own",
    TIME_LIMIT,
    async () => {
      const { store, open } = await backedUp();
      const segment = segmentFolders(store)[0] ?? "";
      const [one = "", two = ""] = unitsIn(segment);
      spoil(one);
      await Promise.all([verified(await open()), verified(await open())]);
      await verified(await open());
      const repository = await open();
      const first = await recordsIn(repository);
      // Two that verified at once may both have written it.
      expect(first.length).toBeLessThanOrEqual(2);
      for (const record of first) expect(record).toMatchObject({ format: 1, units: [expect.any(Number) as number] });
      expect(first[0]).not.toHaveProperty("endBytes");
      spoil(two);
      await verified(await open());
      const all = await recordsIn(repository);
      expect(all).toHaveLength(first.length + 1);
      expect(new Set(all.flatMap(({ units }) => units)).size).toBe(2);
      removeSegment(segment);
      await verified(await open(), false);
      expect((await recordsIn(repository)).at(-1)?.segment).toBe(first[0]?.segment);
      expect((await recordsIn(repository)).filter(({ endBytes }) => endBytes === 0)).toHaveLength(1);
    },
  );

  it("J13: a quick look writes down a unit at the end that is gone, and nothing of the others", TIME_LIMIT, async () => {
    const { store, open, job } = await backedUp();
    const segment = segmentFolders(store)[0] ?? "";
    const repository = await open();
    const [point] = await pointsOf(repository);
    const [name = ""] = await segmentsOf(repository.store);
    const last = (await repository.store.listUnits(name))?.units.at(-1)?.id ?? "";
    writeFileSync(join(segment, last), "");
    expect(await verified(await open(), false)).toMatchObject({ recorded: 1, damaged: [{ points: [{ id: point?.row.id }] }] });
    expect(await recordsIn(repository)).toMatchObject([{ units: [expect.any(Number) as number] }]);
    expect((await backUp(await open(), job)).tasks).toMatchObject([{ blocksSent: 64, blocksReused: 128 }]);
  });

  it("J13: is not written of what a lost connection, an archive or a refusal kept from being read", TIME_LIMIT, async () => {
    const { open } = await backedUp();
    for (const code of ["STORE_UNREACHABLE", "STORE_DENIED", "STORE_ARCHIVED", "STORE_FAILED"] as const) {
      const repository = await open();
      const failing = withStore(repository, { readRange: () => Promise.reject(new StoreError(code, "not now")) });
      await expect(verified(failing)).rejects.toMatchObject({ code });
      expect(await keysBelow(repository.store, "damage/")).toEqual([]);
    }
  });

  it("J13: is written before a verification that is interrupted ends", TIME_LIMIT, async () => {
    const { source, store, open, job } = await backedUp();
    spoil(unitsIn(segmentFolders(store)[0] ?? "")[0] ?? "");
    const repository = await open();
    // More to look at than is fetched at once.
    for (let each = 0; each < 7; each++) {
      writeFileSync(source, randomBytes(BLOCK_BYTES));
      await backUp(repository, job);
    }
    const stop = new AbortController();
    let reads = 0;
    const stopping = withStore(repository, {
      readRange: async (...args) => {
        if (reads++ > 0) await new Promise((resolve) => setTimeout(resolve, 200));
        return repository.store.readRange(...args);
      },
      create: async (...args) => {
        const made = await repository.store.create(...args);
        stop.abort(new Error("stopped"));
        return made;
      },
    });
    await expect(verified(stopping, true, { signal: stop.signal })).rejects.toThrow("stopped");
    expect(await recordsIn(repository)).toHaveLength(1);
  });

  it("J13: that the store does not take is said, and the verification goes on", TIME_LIMIT, async () => {
    const { store, open } = await backedUp();
    spoil(unitsIn(segmentFolders(store)[0] ?? "")[0] ?? "");
    const reader = withStore(await open(), { create: () => Promise.reject(new StoreError("STORE_DENIED", "read only")) });
    expect(await verified(reader)).toMatchObject({ recorded: 0, unrecorded: "read only", damaged: [{ points: [{ disk: "d" }] }] });
  });

  it("J13: that cannot be read counts against its whole segment, once, and is named by verify", TIME_LIMIT, async () => {
    const { source, store, folder, open, job } = await backedUp();
    spoil(unitsIn(segmentFolders(store)[0] ?? "")[0] ?? "");
    await verified(await open());
    const repository = await open();
    const [key = ""] = await keysBelow(repository.store, "damage/");
    await spoilRecord(repository.store, key);
    expect((await verified(await open(), false)).damaged.map(({ place }) => place)).toEqual([key]);
    expect((await backUp(await open(), job)).tasks).toMatchObject([{ result: "warning", blocksSent: 192, blocksHealed: 192 }]);
    expect((await backUp(await open(), job)).tasks).toMatchObject([{ result: "success", blocksSent: 0 }]);
    await restoreTo(await open(), join(folder, "out"), { point: "latest" });
    expect(sameContent(source, join(folder, "out"))).toBe(true);
  });

  it("J13: that is wrong costs sending once, and breaks nothing", TIME_LIMIT, async () => {
    const { source, folder, open, job } = await backedUp();
    const repository = await open();
    const [name = ""] = await segmentsOf(repository.store);
    const lie = { format: 1, segment: name, foundAt: now(), units: [0, 17, 4_000_000_000] };
    await repository.createRecord(`damage/${name.slice("data/".length)}~${"0".repeat(32)}`, lie);
    expect((await verified(await open())).damaged).toEqual([]);
    expect((await backUp(await open(), job)).tasks).toMatchObject([{ blocksSent: 64 }]);
    expect((await backUp(await open(), job)).tasks).toMatchObject([{ blocksSent: 0 }]);
    for (const point of (await pointsOf(await open())).map(({ row }) => row.id)) {
      await restoreTo(await open(), join(folder, point), { point });
      expect(sameContent(source, join(folder, point))).toBe(true);
    }
  });

  it("is read with the key that the units were made with, also once backups are not encrypted any more", TIME_LIMIT, async () => {
    const { store, open } = await backedUp();
    spoil(unitsIn(segmentFolders(store)[0] ?? "")[0] ?? "");
    const both = await open();
    const plain = both.keys.get("0".repeat(32));
    if (plain === undefined) throw new Error("no key");
    await verified(new Repository(both.store, both.state, plain, both.keys));
    const [key = ""] = await keysBelow(both.store, "damage/");
    expect((await both.readWithKey(key, damageRecord))?.key.id).toBe(both.key.id);
    expect((await readDamage(both)).unreadable).toEqual([]);
  });
});

describe("bad units", () => {
  it("are known by their offset, or because their segment ends before them", () => {
    const bad = new BadUnits();
    bad.add("s", 100);
    bad.cutAt("s", 500);
    const holds = (offset: number): boolean => bad.holds({ segment: "s", offset, lengthBytes: 100 });
    expect([0, 100, 200, 400, 401, 500].map(holds)).toEqual([false, true, false, false, true, true]);
    expect(bad.holds({ segment: "other", offset: 100, lengthBytes: 100 })).toBe(false);
  });

  it("are told apart from those that are known", () => {
    const [found, known] = [new BadUnits(), new BadUnits()];
    for (const offset of [1, 2, 3]) found.add("s", offset);
    known.add("s", 2);
    expect([...found.beyond(known)]).toEqual([["s", { units: new Set([1, 3]), endBytes: Infinity }]]);
    known.cutAt("s", 1);
    expect([...found.beyond(known)]).toEqual([]);
    found.cutAt("s", 0);
    expect([...found.beyond(known)]).toEqual([["s", { units: new Set(), endBytes: 0 }]]);
  });

  it("take no more memory than a limit: the next segments count as bad as a whole", () => {
    const bad = new BadUnits(10);
    for (let segment = 0; segment < 5; segment++) for (let unit = 0; unit < 4; unit++) bad.add(`s${segment}`, unit * 100);
    const held = [...bad.beyond(new BadUnits())].map(([, { units, endBytes }]) => [units.size, endBytes]);
    expect(held.reduce((sum, [units = 0]) => sum + units, 0)).toBeLessThanOrEqual(10);
    for (let segment = 0; segment < 5; segment++)
      for (let unit = 0; unit < 4; unit++) expect(bad.holds({ segment: `s${segment}`, offset: unit * 100, lengthBytes: 100 })).toBe(true);
  });
});
