/** Damage done to a store of the agent part by hand, and stores that misbehave when told to. */
import type { BlockStore } from "../../src/store/blocks/block-store.ts";

/** Turns one bit of a record. */
export async function damageRecord(store: BlockStore, key: string): Promise<void> {
  const found = await store.get(key);
  if (found === undefined) throw new Error(`there is no ${key}`);
  const bytes = Buffer.from(found.bytes);
  const at = bytes.byteLength - 20;
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  await store.put(key, bytes);
}

export async function keysBelow(store: BlockStore, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of store.list(prefix)) keys.push(key);
  return keys;
}

export async function segmentsOf(store: BlockStore): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of store.listSegments("data/")) names.push(name);
  return names;
}

/** Writes the segment again with other units. */
export async function rewriteSegment(
  store: BlockStore,
  segment: string,
  change: (units: { readonly id: string; bytes: Uint8Array }[]) => { readonly id: string; readonly bytes: Uint8Array }[],
): Promise<void> {
  const units: { id: string; bytes: Uint8Array }[] = [];
  let offset = 0;
  for (const { id, sizeBytes } of (await store.listUnits(segment))?.units ?? []) {
    units.push({ id, bytes: await store.readRange(segment, offset, sizeBytes) });
    offset += sizeBytes;
  }
  await store.deleteSegment(segment);
  const changed = change(units);
  for (const { id, bytes } of changed) await store.putUnit(segment, id, bytes);
  await store.seal(
    segment,
    changed.map(({ id }) => id),
  );
}

export class KilledError extends Error {}

/** From its n-th call on (from 0) the store throws, before or after the call took effect: as if the process had been killed there. */
export function killedAt(
  store: BlockStore,
  nth: number,
  when: "before" | "after",
): { readonly store: BlockStore; readonly calls: () => number } {
  let calls = 0;
  const once = async <T>(run: () => Promise<T>): Promise<T> => {
    const call = calls++;
    if (call > nth || (call === nth && when === "before")) throw new KilledError(`killed at call ${nth}`);
    const result = await run();
    if (call === nth) throw new KilledError(`killed after call ${nth}`);
    return result;
  };
  const killing: BlockStore = {
    ...store,
    get: (...args) => once(() => store.get(...args)),
    put: (...args) => once(() => store.put(...args)),
    create: (...args) => once(() => store.create(...args)),
    replace: (...args) => once(() => store.replace(...args)),
    delete: (...args) => once(() => store.delete(...args)),
    listUnits: (...args) => once(() => store.listUnits(...args)),
    readRange: (...args) => once(() => store.readRange(...args)),
    deleteSegment: (...args) => once(() => store.deleteSegment(...args)),
    deleteRecord: (...args) => once(() => store.deleteRecord(...args)),
  };
  return { store: killing, calls: () => calls };
}

/** A copy in another store, which must be empty. */
export async function copyStore(from: BlockStore, to: BlockStore): Promise<void> {
  for (const key of await keysBelow(from, "")) {
    const found = await from.get(key);
    if (found !== undefined) await to.put(key, found.bytes);
  }
  for await (const { name, sealed } of from.listSegments("data/")) {
    const units = (await from.listUnits(name))?.units ?? [];
    let offset = 0;
    for (const { id, sizeBytes } of units) {
      await to.putUnit(name, id, sealed ? await from.readRange(name, offset, sizeBytes) : new Uint8Array(sizeBytes));
      offset += sizeBytes;
    }
    if (sealed)
      await to.seal(
        name,
        units.map(({ id }) => id),
      );
  }
}
