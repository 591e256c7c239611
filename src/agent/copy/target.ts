/** The store that points are copied to. In: the source, opened; the target. Out: the target under the same secrets, so that what is copied byte for byte can be read there. */
import type { BlockStore } from "../../store/blocks/block-store.ts";
import { StoreError } from "../../store/store.ts";
import { readJson } from "../../store/json-records.ts";
import { places } from "../format/places.ts";
import { storeRecord } from "../format/records.ts";
import { Repository } from "../repository/repository.ts";

export class OtherStoreError extends Error {
  readonly code = "STORE_OTHER";
  constructor(why: string) {
    super(`The target is another store: ${why}. Points are copied to a new place, or to one that holds an earlier copy of the same store.`);
    this.name = "OtherStoreError";
  }
}

/** A new target gets the source's salt and key slots. @throws OtherStoreError */
export async function openCopyTarget(from: Repository, to: BlockStore): Promise<Repository> {
  const salt = async (store: BlockStore): Promise<string | undefined> =>
    (await readJson(store, places.store, (value) => storeRecord.parse(value)))?.value.salt;
  const record = await from.store.get(places.store);
  const own = await salt(from.store);
  if (record === undefined || own === undefined) throw new StoreError("STORE_NOT_FOUND", "There is no store of Reprise at the source.");
  const isNew = await to.create(places.store, record.bytes);
  if (!isNew && (await salt(to)) !== own) throw new OtherStoreError("it has a salt of its own");
  const there = await keyIdsOf(to);
  for (const id of there)
    if (!(await keyIdsOf(from.store)).has(id)) throw new OtherStoreError(`it has the key ${id.slice(0, 8)}…, which the source has not`);
  for await (const place of from.store.list(places.keys)) {
    // A password that was taken away in the copy is not brought back.
    if (there.has(place.split("/")[1] ?? "")) continue;
    const slot = await from.store.get(place);
    if (slot !== undefined) await to.create(place, slot.bytes);
  }
  return new Repository(to, to, from.key, from.keys);
}

async function keyIdsOf(store: BlockStore): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for await (const place of store.list(places.keys)) ids.add(place.split("/")[1] ?? "");
  return ids;
}
