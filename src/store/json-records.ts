import type { Store } from "./store.ts";
import { StoreError } from "./store.ts";

/** Turns parsed JSON into a record, or throws and says what is wrong; zod's `schema.parse` is one. */
export type Parse<T> = (value: unknown) => T;

export interface JsonRecord<T> {
  readonly value: T;
  /** For `Store.replace`. */
  readonly version: string;
}

export interface UpdateOptions {
  /** How often to try; default 100. */
  readonly tries?: number;
  /** Waits before try number `attempt` (2, 3, …), on the caller's clock. Default: no wait, the store's own latency is enough for a few writers. */
  readonly pause?: (attempt: number) => Promise<void>;
}

const DEFAULT_TRIES = 100;

function encode(value: unknown): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value)}\n`);
}

/** @throws StoreError STORE_DAMAGED_RECORD when the bytes are no JSON or `parse` refuses them */
export async function readJson<T>(store: Store, key: string, parse: Parse<T>): Promise<JsonRecord<T> | undefined> {
  const found = await store.get(key);
  if (found === undefined) return undefined;
  try {
    return { value: parse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(found.bytes))), version: found.version };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new StoreError("STORE_DAMAGED_RECORD", `The record ${key} cannot be read: ${why}`, { cause: error });
  }
}

/** Writes or overwrites. */
export async function writeJson(store: Store, key: string, value: unknown): Promise<void> {
  await store.put(key, encode(value));
}

/** True when this call made the record, false when it was there. */
export async function createJson(store: Store, key: string, value: unknown): Promise<boolean> {
  return store.create(key, encode(value));
}

/** Compare-and-swap: false when the record has been changed or deleted since it was read. */
export async function replaceJson(store: Store, key: string, value: unknown, version: string): Promise<boolean> {
  return store.replace(key, encode(value), version);
}

/**
 * Reads, changes and writes back until nobody wrote in between. `change` gets undefined when there is no record, may be called several times and
 * returns the new value, or undefined to leave things as they are. The answer is what is stored afterwards.
 * @throws StoreError STORE_BUSY when others won every time, STORE_DAMAGED_RECORD as `readJson`
 */
export async function updateJson<T>(
  store: Store,
  key: string,
  parse: Parse<T>,
  change: (current: T | undefined) => T | undefined,
  options: UpdateOptions = {},
): Promise<T | undefined> {
  const tries = options.tries ?? DEFAULT_TRIES;
  for (let attempt = 1; attempt <= tries; attempt++) {
    if (attempt > 1) await options.pause?.(attempt);
    const found = await readJson(store, key, parse);
    const next = change(found?.value);
    if (next === undefined) return found?.value;
    const written = found === undefined ? await createJson(store, key, next) : await replaceJson(store, key, next, found.version);
    if (written) return next;
  }
  throw new StoreError("STORE_BUSY", `The record ${key} was changed by others during each of ${tries} tries to update it.`);
}
