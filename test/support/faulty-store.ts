/**
 * A block store behind a line that misbehaves as told, for tests: faults are data, times are the clock's. In: the store behind it, the line's speed, its
 * outages and the answers it loses. Out: the same store, whose errors look like those of the real ones. Every call is written down.
 */
import type { Clock } from "../../src/clock/clock.ts";
import type { BlockStore, CallOptions } from "../../src/store/blocks/block-store.ts";
import { StoreError } from "../../src/store/store.ts";

export interface Outage {
  readonly fromMs: number;
  readonly toMs: number;
  /** `hang`: packets are lost; a status: the service answers that. */
  readonly how: "refused" | "hang" | number;
  /** With a status. */
  readonly retryAfterMs?: number;
  /** Small requests get through all the same. */
  readonly onlyUnits?: boolean;
}

export interface Line {
  readonly overNetwork?: boolean;
  readonly latencyMs?: number;
  /** May change on the way. */
  bytesPerSecond?: number;
  readonly outages?: readonly Outage[];
  /** The n-th call of that kind (from 1) is carried out, but its answer is lost with a reset. */
  readonly lostAnswers?: readonly { readonly call: string; readonly nth: number }[];
}

export interface FaultyStore {
  readonly store: BlockStore;
  /** Every call that was made, when, and how it ended. */
  readonly log: readonly { readonly call: string; readonly atMs: number; ended?: string }[];
}

const networkError = (code: string): StoreError =>
  new StoreError("STORE_UNREACHABLE", `the connection failed (${code})`, { cause: Object.assign(new Error(code), { code }) });

const statusError = ({ how, retryAfterMs }: Outage): StoreError =>
  new StoreError("STORE_UNREACHABLE", `the service answered ${how}`, {
    cause: Object.assign(new Error("refused"), { statusCode: how, retryAfterMs }),
  });

export function faultyStore(behind: BlockStore, clock: Clock, line: Line): FaultyStore {
  const log: { call: string; atMs: number; ended?: string }[] = [];
  const counts = new Map<string, number>();
  const { latencyMs = 10, outages = [], lostAnswers = [] } = line;

  const over = async <T>(call: string, sizeBytes: number, { signal }: CallOptions, run: () => Promise<T>): Promise<T> => {
    const entry: { call: string; atMs: number; ended?: string } = { call, atMs: clock.now() };
    log.push(entry);
    const nth = (counts.get(call) ?? 0) + 1;
    counts.set(call, nth);
    const isUnit = call === "putUnit" || call === "readRange";
    try {
      const endMs = clock.now() + latencyMs + (sizeBytes * 1_000) / (line.bytesPerSecond ?? 10_000_000);
      const hit = outages.find(({ fromMs, toMs, onlyUnits = false }) => fromMs < endMs && toMs > entry.atMs && (isUnit || !onlyUnits));
      if (hit !== undefined) {
        await clock.sleep(Math.max(0, hit.fromMs - clock.now()), signal);
        if (typeof hit.how === "number") {
          await clock.sleep(latencyMs, signal);
          throw statusError(hit);
        }
        if (hit.how === "hang") await clock.sleep(10 * 24 * 3_600_000, signal);
        throw networkError(entry.atMs < hit.fromMs ? "ECONNRESET" : "ECONNREFUSED");
      }
      await clock.sleep(endMs - clock.now(), signal);
      const result = await run();
      if (lostAnswers.some((lost) => lost.call === call && lost.nth === nth)) throw networkError("ECONNRESET");
      entry.ended = "ok";
      return result;
    } catch (error) {
      entry.ended ??= error instanceof Error ? error.message : String(error);
      throw error;
    }
  };

  const store: BlockStore = {
    ...(line.overNetwork === undefined ? {} : { overNetwork: line.overNetwork }),
    ...(behind.keepsWriters === undefined ? {} : { keepsWriters: behind.keepsWriters }),
    get: (key, options = {}) => over("get", 0, options, () => behind.get(key)),
    put: (key, bytes, options = {}) => over("put", bytes.byteLength, options, () => behind.put(key, bytes)),
    create: (key, bytes, options = {}) =>
      over("create", bytes.byteLength, options, () => behind.create(key, bytes, { writer: options.writer })),
    replace: (key, bytes, version, options = {}) =>
      over("replace", bytes.byteLength, options, () => behind.replace(key, bytes, version, { writer: options.writer })),
    delete: (key, options = {}) => over("delete", 0, options, () => behind.delete(key)),
    remove: (key, version, options = {}) => over("remove", 0, options, () => behind.remove(key, version)),
    async *list(prefix, options = {}) {
      for await (const key of behind.list(prefix)) yield await over("list", 0, options, async () => key);
    },
    putUnit: (segment, id, bytes, options = {}) => over("putUnit", bytes.byteLength, options, () => behind.putUnit(segment, id, bytes)),
    listUnits: (segment, options = {}) => over("listUnits", 0, options, () => behind.listUnits(segment)),
    seal: (segment, ids, options = {}) => over("seal", 0, options, () => behind.seal(segment, ids)),
    readRange: (segment, offset, lengthBytes, options = {}) =>
      over("readRange", lengthBytes, options, () => behind.readRange(segment, offset, lengthBytes)),
    async *listSegments(prefix, options = {}) {
      for await (const name of behind.listSegments(prefix)) yield await over("listSegments", 0, options, async () => name);
    },
    deleteSegment: (segment, options = {}) => over("deleteSegment", 0, options, () => behind.deleteSegment(segment)),
    deleteRecord: (key, options = {}) => over("deleteRecord", 0, options, () => behind.deleteRecord(key)),
    exists: (options = {}) => over("exists", 0, options, () => behind.exists()),
    probe: (options = {}) => over("probe", 0, options, () => behind.probe()),
  };
  return { store, log };
}
