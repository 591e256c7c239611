/**
 * A block store over a line of which only a part may be used. In: a store and a number of bytes per second. Out: the same store, whose units wait for
 * their turn before they go over the line, in the order they came. Records and listings are small and do not wait.
 *
 * Put it around a reconnecting store, not inside: the wait must not count against the deadline of an attempt. What that store sends twice is counted once.
 */
import { steadyClock } from "../../clock/clock.ts";
import type { Clock } from "../../clock/clock.ts";
import type { BlockStore } from "./block-store.ts";

/** Unused time is saved up to this much: short pauses of the caller are made up, long ones do not end in a burst. */
const BURST_MS = 1_000;

export function throttling(store: BlockStore, bytesPerSecond: number, clock: Clock = steadyClock): BlockStore {
  if (!(bytesPerSecond > 0)) throw new RangeError(`A limit of ${bytesPerSecond} bytes per second; allowed: more than 0.`);
  /** When the line is free again, if everything that was let through takes as long as it may. */
  let freeAtMs = Number.NEGATIVE_INFINITY;

  const takeTurn = async (sizeBytes: number, signal: AbortSignal | undefined): Promise<void> => {
    const now = clock.now();
    const beginMs = Math.max(freeAtMs, now - BURST_MS);
    freeAtMs = beginMs + (sizeBytes * 1_000) / bytesPerSecond;
    if (beginMs > now) await clock.sleep(beginMs - now, signal);
  };

  return {
    ...store,
    putUnit: (segment, id, bytes, options = {}) =>
      clock.work(async () => {
        await takeTurn(bytes.byteLength, options.signal);
        await store.putUnit(segment, id, bytes, options);
      }),
    readRange: (segment, offset, lengthBytes, options = {}) =>
      clock.work(async () => {
        await takeTurn(lengthBytes, options.signal);
        return store.readRange(segment, offset, lengthBytes, options);
      }),
  };
}
