/**
 * The passwords of a store: slots that wrap the same keys. In: a store, opened with one of its passwords. Out: another slot for each key that it opened, or one
 * slot less. Data is not touched, and a key never loses its last slot: nobody could read what it encrypts.
 */
import { places } from "../format/places.ts";
import type { KeySlot } from "./passwords.ts";
import { addSlot, readSlots, type Repository } from "./repository.ts";

export class PasswordSlotError extends Error {
  readonly code: "SLOT_UNKNOWN" | "SLOT_LAST" | "SLOT_IMMUTABLE" | "STORE_NOT_ENCRYPTED";
  constructor(code: PasswordSlotError["code"], message: string) {
    super(message);
    this.name = "PasswordSlotError";
    this.code = code;
  }
}

/** @throws PasswordSlotError STORE_NOT_ENCRYPTED */
export async function addPassword(
  repository: Repository,
  password: string,
  about: { readonly label: string; readonly createdAt: string },
): Promise<readonly KeySlot[]> {
  const keys = [...repository.keys.values()].filter(({ encrypts }) => encrypts);
  if (keys.length === 0) throw new PasswordSlotError("STORE_NOT_ENCRYPTED", "The store has no password: nothing in it is encrypted.");
  const added: KeySlot[] = [];
  for (const { id, secret } of keys) added.push(await addSlot(repository.store, secret, id, password, about));
  return added;
}

/** `slotId`: the whole id or at least 8 characters from its beginning. @throws PasswordSlotError */
export async function removePassword(repository: Repository, slotId: string): Promise<KeySlot> {
  const slots = await readSlots(repository.store);
  const found = slotId.length < 8 ? [] : slots.filter(({ slot }) => slot.startsWith(slotId));
  const [slot] = found;
  if (slot === undefined || found.length > 1) {
    const ids = slots.map((each) => each.slot.slice(0, 8)).join(", ");
    throw new PasswordSlotError(
      "SLOT_UNKNOWN",
      `--slot: found ${JSON.stringify(slotId)}; allowed: ${ids === "" ? "none, the store has no password" : ids}.`,
    );
  }
  if (slots.filter(({ key }) => key === slot.key).length === 1)
    throw new PasswordSlotError(
      "SLOT_LAST",
      `--slot: found ${JSON.stringify(slotId)}, the last password of the key ${slot.key.slice(0, 8)}…; allowed: one beside which another is left. Add the new one first.`,
    );
  if ((await repository.store.deleteRecord(places.keySlot(slot.key, slot.slot))) === "later")
    throw new PasswordSlotError("SLOT_IMMUTABLE", "The container keeps the slot: an immutability policy forbids its deletion for now.");
  return slot;
}
