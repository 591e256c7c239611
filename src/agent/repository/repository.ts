/**
 * A store, opened: its records read and written through the format, with the keys that a password gives. In: a block store and a way to ask for the password.
 * Out: objects by place. A reading command makes nothing; `create` makes what is missing.
 */
import { randomBytes } from "node:crypto";
import type { z } from "zod";
import type { BlockStore } from "../../store/blocks/block-store.ts";
import { createJson, readJson } from "../../store/json-records.ts";
import type { CallOptions, RepeatableStore, Store } from "../../store/store.ts";
import { StoreError } from "../../store/store.ts";
import { DamageError } from "../format/damage.ts";
import { PLAIN_KEY_ID, dataKeyOf, type DataKey } from "../format/data-key.ts";
import { newId } from "../format/ids.ts";
import { keyIdOfObject, openObject, sealObject } from "../format/object.ts";
import { places } from "../format/places.ts";
import { storeRecord } from "../format/records.ts";
import { checkStatePlace } from "./state-place.ts";
import { keySlot, newMasterKey, unwrapKey, wrapKey, type KeySlot } from "./passwords.ts";

/** A key and what it is derived from, which worker threads are given. */
export interface StoreKey extends DataKey {
  readonly secret: Uint8Array;
}

export interface OpenOptions {
  /** Where locks and drafts are; another store when this one's container is immutable. */
  readonly state?: RepeatableStore;
  /** Asked at most once, and only when something is encrypted or is to be. Undefined: there is none. */
  readonly password: () => Promise<string | undefined>;
  readonly create: boolean;
  /** Locks and drafts are looked at: then they must be where backups keep them. Default: as `create`. */
  readonly usesState?: boolean;
  /** What is written from now on; absent: as the store was used so far. */
  readonly encrypt?: boolean;
  readonly now: () => string;
}

export class WrongPasswordError extends Error {
  readonly code: "PASSWORD_WRONG" | "PASSWORD_MISSING";
  constructor(code: WrongPasswordError["code"], message: string) {
    super(message);
    this.name = "WrongPasswordError";
    this.code = code;
  }
}

export class Repository {
  readonly store: BlockStore;
  readonly state: RepeatableStore;
  /** What is written is written with it. */
  readonly key: StoreKey;
  readonly keys: ReadonlyMap<string, StoreKey>;

  constructor(store: BlockStore, state: RepeatableStore, key: StoreKey, keys: ReadonlyMap<string, StoreKey>) {
    this.store = store;
    this.state = state;
    this.key = key;
    this.keys = keys;
  }

  /** Writes an object once. False when the place was taken. */
  async create(place: string, plain: Uint8Array, key: StoreKey = this.key): Promise<boolean> {
    return this.store.create(place, sealObject(key, place, plain));
  }

  /** Undefined when there is none. @throws DamageError */
  async read(place: string): Promise<Buffer | undefined> {
    const found = await this.store.get(place);
    return found === undefined ? undefined : this.#opened(place, found.bytes);
  }

  async createRecord(place: string, value: unknown, key?: StoreKey): Promise<boolean> {
    return this.create(place, Buffer.from(JSON.stringify(value)), key);
  }

  /** With the key that it was written with. */
  async readWithKey<T>(place: string, schema: z.ZodType<T>): Promise<{ readonly value: T; readonly key: StoreKey } | undefined> {
    const found = await this.store.get(place);
    if (found === undefined) return undefined;
    const value = parsed(place, this.#opened(place, found.bytes), schema);
    return { value, key: this.keys.get(keyIdOfObject(found.bytes) ?? "") ?? this.key };
  }

  async readRecord<T>(place: string, schema: z.ZodType<T>): Promise<T | undefined> {
    const plain = await this.read(place);
    return plain === undefined ? undefined : parsed(place, plain, schema);
  }

  /** A record of `state/`, with its version for `replaceState`. */
  async readState<T>(
    place: string,
    schema: z.ZodType<T>,
    options: CallOptions = {},
  ): Promise<{ readonly value: T; readonly version: string } | undefined> {
    const found = await this.state.get(place, options);
    return found === undefined ? undefined : { value: parsed(place, this.#opened(place, found.bytes), schema), version: found.version };
  }

  /** Writes over the version that was read, or makes the record when there was none; false when somebody else was first. */
  async replaceState(place: string, value: unknown, version: string | undefined, options: CallOptions = {}): Promise<boolean> {
    const bytes = sealObject(this.key, place, Buffer.from(JSON.stringify(value)));
    return version === undefined ? this.state.create(place, bytes, options) : this.state.replace(place, bytes, version, options);
  }

  #opened(place: string, bytes: Uint8Array): Buffer {
    const id = keyIdOfObject(bytes);
    if (id === undefined) throw new DamageError(place, "it is no object of this format");
    const key = this.keys.get(id);
    if (key === undefined)
      throw new DamageError(place, `it was written with the key ${id.slice(0, 8)}…, which is not among those of the password`);
    return openObject(key, place, bytes);
  }
}

/**
 * @throws StoreError STORE_NOT_FOUND when there is no store and `create` is false
 * @throws WrongPasswordError
 * @throws StatePlaceError
 */
export async function openRepository(store: BlockStore, options: OpenOptions): Promise<Repository> {
  let found = await readJson(store, places.store, (value) => storeRecord.parse(value));
  if (found === undefined) {
    if (!options.create) throw new StoreError("STORE_NOT_FOUND", "There is no store of Reprise at this place.");
    await createJson(store, places.store, { format: 1, salt: randomBytes(32).toString("hex"), createdAt: options.now() });
    found = await readJson(store, places.store, (value) => storeRecord.parse(value));
    if (found === undefined) throw new StoreError("STORE_FAILED", "The store's first record vanished as soon as it was written.");
  }
  if (options.usesState ?? options.create)
    await checkStatePlace({ store, state: options.state, mayChoose: options.create, now: options.now });
  const salt = Buffer.from(found.value.salt, "hex");
  const plain = storeKey(salt, PLAIN_KEY_ID);
  const keys = new Map<string, StoreKey>([[plain.id, plain]]);
  const slots = await readSlots(store);
  const encrypts = options.encrypt ?? slots.length > 0;
  let newest: StoreKey | undefined;
  if (slots.length > 0 || encrypts) {
    const password = await options.password();
    if (password === undefined || password === "")
      throw new WrongPasswordError(
        "PASSWORD_MISSING",
        "The store is encrypted, or is to be: a password is needed (--password-file or --password-command).",
      );
    newest = slots.length > 0 ? await openKeys(slots, password, keys) : undefined;
    if (encrypts && newest === undefined) {
      newest = await makeKey(store, password, options.now());
      keys.set(newest.id, newest);
    }
  }
  return new Repository(store, options.state ?? store, encrypts && newest !== undefined ? newest : plain, keys);
}

/** The newest key that the password opens; all that it opens are added to `keys`. */
async function openKeys(slots: readonly KeySlot[], password: string, keys: Map<string, StoreKey>): Promise<StoreKey> {
  let newest: StoreKey | undefined;
  for (const slot of slots.toSorted((a, b) => a.createdAt.localeCompare(b.createdAt))) {
    if (keys.has(slot.key)) continue;
    const master = await unwrapKey(slot, password);
    if (master === undefined) continue;
    newest = storeKey(master, slot.key);
    keys.set(slot.key, newest);
  }
  if (newest === undefined) throw new WrongPasswordError("PASSWORD_WRONG", "The password does not open this store.");
  return newest;
}

async function makeKey(store: BlockStore, password: string, createdAt: string): Promise<StoreKey> {
  const master = newMasterKey();
  const id = newId();
  await addSlot(store, master, id, password, { createdAt, label: "first" });
  return storeKey(master, id);
}

export async function addSlot(
  store: Store,
  master: Uint8Array,
  keyId: string,
  password: string,
  about: { readonly createdAt: string; readonly label: string },
): Promise<KeySlot> {
  const slot = await wrapKey(master, password, { key: keyId, slot: newId(), ...about });
  await createJson(store, places.keySlot(keyId, slot.slot), slot);
  return slot;
}

export async function readSlots(store: Store): Promise<readonly KeySlot[]> {
  const slots: KeySlot[] = [];
  for await (const place of store.list(places.keys)) {
    const slot = await readJson(store, place, (value) => keySlot.parse(value));
    if (slot !== undefined) slots.push(slot.value);
  }
  return slots;
}

function storeKey(secret: Uint8Array, id: string): StoreKey {
  return { ...dataKeyOf(secret, id), secret: Uint8Array.from(secret) };
}

function parsed<T>(place: string, plain: Buffer, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(plain.toString("utf8")));
  } catch (error) {
    throw new DamageError(place, "its content is not what such a record holds", { cause: error });
  }
}
