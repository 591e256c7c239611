/**
 * Records that are written once and read by every step of every item: kept in memory, the least recently used go first. In: a key and how to read it.
 * Out: the record. It does not promise to hear of a deletion: who deletes and writes such a key anew calls `forget`, and others see the old record until
 * it falls out.
 */
const MOST_RECORDS = 1_000;

export interface WrittenOnce {
  /** What is not there is not remembered. */
  read<T>(key: string, read: () => Promise<T | undefined>): Promise<T | undefined>;
  forget(prefix: string): void;
}

export function createWrittenOnce(): WrittenOnce {
  const kept = new Map<string, unknown>();
  return {
    async read<T>(key: string, read: () => Promise<T | undefined>) {
      const known = kept.get(key) as T | undefined;
      const found = known ?? (await read());
      if (found === undefined) return undefined;
      kept.delete(key);
      kept.set(key, found);
      for (const oldest of kept.keys()) {
        if (kept.size <= MOST_RECORDS) break;
        kept.delete(oldest);
      }
      return found;
    },
    forget(prefix) {
      for (const key of kept.keys()) if (key.startsWith(prefix)) kept.delete(key);
    },
  };
}
