import { checkKey, compareKeys, splitPrefix } from "./keys.ts";
import type { Store, StoredObject } from "./store.ts";

/** A store that lives as long as the process: for tests and for runs that nobody wants to keep. Promises the whole contract, within the process. */
export function createMemoryStore(): Store {
  const objects = new Map<string, StoredObject>();
  let writes = 0;
  const write = (key: string, bytes: Uint8Array): void => {
    objects.set(key, { bytes: Uint8Array.from(bytes), version: String(++writes) });
  };
  return {
    async get(key) {
      checkKey(key);
      const found = objects.get(key);
      return found === undefined ? undefined : { bytes: Uint8Array.from(found.bytes), version: found.version };
    },
    async put(key, bytes) {
      checkKey(key);
      write(key, bytes);
    },
    async create(key, bytes) {
      checkKey(key);
      if (objects.has(key)) return false;
      write(key, bytes);
      return true;
    },
    async replace(key, bytes, version) {
      checkKey(key);
      if (objects.get(key)?.version !== version) return false;
      write(key, bytes);
      return true;
    },
    async delete(key) {
      checkKey(key);
      objects.delete(key);
    },
    async remove(key, version) {
      checkKey(key);
      const found = objects.get(key);
      return found === undefined || (found.version === version && objects.delete(key));
    },
    async *list(prefix) {
      splitPrefix(prefix);
      yield* [...objects.keys()].filter((key) => key.startsWith(prefix)).sort(compareKeys);
    },
  };
}
