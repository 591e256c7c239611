/** What a store of the block engine holds, as the soaks ask: how many blocks have arrived, and whether each listed point restores. */
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { readCatalog, type CatalogPoint } from "../../../src/agent/repository/catalog.ts";
import { unpackUnitId } from "../../../src/agent/format/ids.ts";
import { UNIT_HEADER_BYTES } from "../../../src/agent/format/unit.ts";
import { SEGMENT_FOLDER, type BlockStore } from "../../../src/store/blocks/block-store.ts";
import { openTestRepository } from "../../support/agent-store.ts";
import { keysBelow } from "../../support/damage-store.ts";
import { restoreTo } from "../../support/restore-to.ts";
import type { SoakSource } from "./sources.ts";

/** Blocks by the size of their unit: of a unit that is not sealed nothing but its size can be known. */
export type BlocksBySize = ReadonlyMap<number, number>;

export async function blocksBySizeOf(store: BlockStore): Promise<BlocksBySize> {
  const blocks = new Map<number, number>();
  for await (const { name } of store.listSegments(SEGMENT_FOLDER)) {
    let offset = 0;
    for (const { sizeBytes } of (await store.listUnits(name))?.units ?? []) {
      const header = Buffer.from(await store.readRange(name, offset, UNIT_HEADER_BYTES));
      offset += sizeBytes;
      const count = header.readUInt16LE(6);
      if ((blocks.get(sizeBytes) ?? count) !== count)
        throw new Error(`units of ${sizeBytes} bytes hold ${count} blocks and ${blocks.get(sizeBytes)}`);
      blocks.set(sizeBytes, count);
    }
  }
  return blocks;
}

export async function segmentNames(store: BlockStore): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for await (const { name } of store.listSegments(SEGMENT_FOLDER)) names.add(name);
  return names;
}

/** Blocks in segments that were not there before, each content once. */
export async function blocksArrived(store: BlockStore, before: ReadonlySet<string>, sizes: BlocksBySize): Promise<number> {
  const units = new Map<string, number>();
  for (const name of await segmentNames(store)) {
    if (before.has(name)) continue;
    for (const { id, sizeBytes } of (await store.listUnits(name))?.units ?? []) {
      const unit = unpackUnitId(id);
      const count = sizes.get(sizeBytes);
      if (unit === undefined || count === undefined) throw new Error(`an unexpected unit ${id} of ${sizeBytes} bytes in ${name}`);
      units.set(`${unit.unitNumber} ${Buffer.from(unit.hash).toString("hex")}`, count);
    }
  }
  return [...units.values()].reduce((sum, count) => sum + count, 0);
}

export interface Restored {
  readonly points: readonly CatalogPoint[];
  /** Of points that do not restore to what they were made of. */
  readonly wrong: readonly string[];
}

/** Restores every point that the store lists; those that `expected` does not name have to be as the source is now. */
export async function restoreAll(
  store: BlockStore,
  source: SoakSource,
  expected: ReadonlyMap<string, string>,
  scratch: string,
  password?: string,
): Promise<Restored> {
  if (!(await store.exists()) || (await keysBelow(store, "files/")).length === 0) return { points: [], wrong: [] };
  const repository = await openTestRepository(store, password === undefined ? {} : { password, encrypt: true });
  const { points } = await readCatalog(repository);
  const wrong: string[] = [];
  for (const { row } of points) {
    const folder = mkdtempSync(join(scratch, "restored-"));
    try {
      const { problems } = await restoreTo(repository, join(folder, "out"), { point: row.id, machine: row.machine, disk: row.disk });
      if (problems.length > 0) wrong.push(`${row.id}: ${problems.join("; ")}`);
      else if (source.fingerprintOf(join(folder, "out")) !== (expected.get(row.id) ?? source.fingerprint()))
        wrong.push(`${row.id}: other content`);
    } catch (error) {
      wrong.push(`${row.id}: ${(error as Error).message}`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return { points, wrong };
}
