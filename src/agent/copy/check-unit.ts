/** A unit on its way from store to store: every byte is decrypted and hashed, and the hashes give the id that the unit goes by. */
import { DamageError } from "../format/damage.ts";
import { keyedHash } from "../format/data-key.ts";
import { unpackUnitId } from "../format/ids.ts";
import { openUnit, originOf } from "../format/unit.ts";
import { UnitWork } from "../pipeline/unit-work.ts";
import type { Repository } from "../repository/repository.ts";
import { readingContext } from "../restore/read-point.ts";

/** @throws DamageError when the bytes are not the unit of that id */
export function checkUnit(repository: Repository, segment: string, id: string, bytes: Uint8Array): void {
  const damaged = (why: string, options?: ErrorOptions): DamageError =>
    new DamageError(segment, `unit ${id.slice(0, 12)}…: ${why}`, options);
  const known = unpackUnitId(id);
  if (known === undefined) throw damaged("its id is of another version");
  try {
    const { keyId, draftId, attempt } = originOf(bytes);
    const key = repository.keys.get(keyId);
    if (key === undefined) throw new Error("its key is not among those of the password");
    const blocks = openUnit(bytes, { keyId, unitKey: key.encrypts ? key.unitKey(draftId, attempt) : undefined });
    const checked = blocks.flatMap((block) =>
      block === undefined ? [] : [{ hash: keyedHash(key.hashKey, block.bytes), place: block.place }],
    );
    if (!new UnitWork(readingContext(key)).unitHash(known.unitNumber, checked).equals(known.hash))
      throw new Error("its content is not what its id says");
  } catch (error) {
    throw damaged((error as Error).message, { cause: error });
  }
}
