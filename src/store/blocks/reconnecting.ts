/**
 * A block store whose connection comes back by itself (R1, R4, J9). In: a block store that gives up at the first fault. Out: the same contract, with calls
 * that are repeated until they got through, failed for a reason that repeating does not mend, or the patience is over (`ConnectionLostError`). Each attempt
 * has a deadline and a signal of its own. What is a drop and how long to wait is decided in `policy/transfer`.
 *
 * Lost answers: every call may have been carried out once when it is repeated. Units and seals do not mind. `create` and `replace` name their writer; in
 * a store that does not keep it, a repeat that finds exactly its own bytes there takes them for its own: records that claim something have to say who
 * claims. `put` and `delete` may be carried out again over what another has written meanwhile.
 */
import { randomBytes } from "node:crypto";
import { steadyClock } from "../../clock/clock.ts";
import type { Clock } from "../../clock/clock.ts";
import { classifyFault } from "../../policy/transfer/faults.ts";
import { RECONNECT_RULES, createPace, deadlineMs, repeatAfterMs } from "../../policy/transfer/reconnect.ts";
import type { ReconnectRules } from "../../policy/transfer/reconnect.ts";
import { StoreError } from "../store.ts";
import type { StoredObject } from "../store.ts";
import type { BlockStore } from "./block-store.ts";
import { faultOf } from "./fault-of.ts";
import { CutOffError, createLink } from "./link.ts";
import type { ConnectionEvents } from "./link.ts";

export interface ReconnectingOptions {
  readonly rules?: Partial<ReconnectRules>;
  readonly events?: ConnectionEvents;
  readonly clock?: Clock;
  /** The clock that people set, in milliseconds since the epoch. */
  readonly wallMs?: () => number;
  /** In [0, 1). */
  readonly chance?: () => number;
}

interface Call {
  readonly what: string;
  /** That go over the line at most, beside a few KiB. */
  readonly sizeBytes?: number;
  /** Bytes of a segment: when one got through after a drop, the next drop has all the patience again. */
  readonly unit?: boolean;
  readonly signal: AbortSignal | undefined;
}

/** Of the answers to listings. */
const LIST_BYTES = 1_048_576;
const LIST_BATCH = 500;

export function reconnecting(store: BlockStore, options: ReconnectingOptions = {}): BlockStore {
  const { clock = steadyClock, wallMs = Date.now, chance = Math.random, events = {} } = options;
  const rules: ReconnectRules = { ...RECONNECT_RULES, ...options.rules };
  const link = createLink({ clock, wallMs, chance, rules, events, probe: (signal) => store.probe({ signal }) });
  // A disk may stand still for longer than any line, and comes back with the call still under way.
  const pace = store.overNetwork === true ? createPace() : undefined;
  let reachedBefore = false;

  const repeating = async <T>(call: Call, run: (signal: AbortSignal, again: boolean) => Promise<T>): Promise<T> => {
    const { what, sizeBytes = 0, unit = false, signal } = call;
    let missed = 0;
    let triedAtOnce = false;
    let repeats = 0;
    let repeatsSinceMs: number | undefined;
    for (let again = false; ; again = true) {
      const returns = await link.untilUp(signal);
      const beganMs = clock.now();
      try {
        const result = await link.attempt((attempt) => run(attempt, again), deadlineMs(rules, sizeBytes, missed, pace?.now()), signal);
        reachedBefore = true;
        if (unit) pace?.seen(sizeBytes, clock.now() - beganMs);
        link.acknowledged(unit);
        return result;
      } catch (error) {
        signal?.throwIfAborted();
        if (error instanceof CutOffError && error.why === "stuck") continue;
        if (error instanceof CutOffError && error.why === "deadline") missed++;
        const fault = error instanceof CutOffError ? { timedOut: true } : faultOf(error, wallMs());
        // A machine that slept has lost its connection, also when it had just begun.
        const woke = error instanceof CutOffError && error.why === "woke";
        const verdict = classifyFault(fault, { reachedBefore: reachedBefore || woke });
        reachedBefore ||= fault.status !== undefined;
        if (verdict.kind === "failure") throw error instanceof CutOffError ? unreachable(what, verdict.reason, error) : error;
        if (verdict.kind === "drop") {
          if (verdict.idle && !triedAtOnce) {
            triedAtOnce = true;
            continue;
          }
          link.dropped(returns, { what, reason: woke ? error.message : verdict.reason, unit, cause: error });
          continue;
        }
        repeatsSinceMs ??= clock.now();
        const afterMs = repeatAfterMs(rules, ++repeats, verdict.afterMs, chance());
        if (clock.now() + afterMs > repeatsSinceMs + rules.patienceMs) throw error;
        events.onRepeat?.({ what, reason: verdict.reason, afterMs });
        await clock.sleep(afterMs, signal);
      }
    }
  };
  const through = <T>(call: Call, run: (signal: AbortSignal, again: boolean) => Promise<T>): Promise<T> =>
    clock.work(() => link.during(() => repeating(call, run)));

  /** Batch by batch; after a drop from the beginning again, without what was given out already. */
  async function* listing<T>(call: Call, open: (signal: AbortSignal) => AsyncIterable<T>, nameOf: (item: T) => string): AsyncGenerator<T> {
    let last = "";
    let source: { readonly items: AsyncIterator<T>; readonly ended: AbortController } | undefined;
    try {
      for (;;) {
        const batch = await through({ sizeBytes: LIST_BYTES, ...call }, async (signal, again) => {
          if (again) source?.ended.abort();
          const ended = again || source === undefined ? new AbortController() : source.ended;
          if (source?.ended !== ended) source = { items: open(ended.signal)[Symbol.asyncIterator](), ended };
          const { items } = source;
          signal.addEventListener("abort", () => ended.abort(signal.reason), { once: true });
          const found: T[] = [];
          while (found.length < LIST_BATCH) {
            const next = await items.next();
            if (next.done === true) return { found, done: true };
            if (nameOf(next.value) > last) found.push(next.value);
          }
          return { found, done: false };
        });
        for (const item of batch.found) {
          last = nameOf(item);
          yield item;
        }
        if (batch.done) return;
      }
    } finally {
      source?.ended.abort();
    }
  }

  /** A conditional write whose repeat may find what its first try has done. */
  const deciding = (call: Call, key: string, bytes: Uint8Array, write: (signal: AbortSignal) => Promise<boolean>): Promise<boolean> =>
    through({ ...call, sizeBytes: bytes.byteLength }, async (signal, again) => {
      if (await write(signal)) return true;
      if (!again || store.keepsWriters === true) return false;
      return sameBytes(await store.get(key, { signal }), bytes);
    });

  return {
    keepsWriters: true,
    get: (key, { signal } = {}) => through({ what: `read ${key}`, signal }, (attempt) => store.get(key, { signal: attempt })),
    put: (key, bytes, { signal } = {}) =>
      through({ what: `write ${key}`, sizeBytes: bytes.byteLength, signal }, (attempt) => store.put(key, bytes, { signal: attempt })),
    create: (key, bytes, { signal, writer = newWriter() } = {}) =>
      deciding({ what: `create ${key}`, signal }, key, bytes, (attempt) => store.create(key, bytes, { signal: attempt, writer })),
    replace: (key, bytes, version, { signal, writer = newWriter() } = {}) =>
      deciding({ what: `replace ${key}`, signal }, key, bytes, (attempt) =>
        store.replace(key, bytes, version, { signal: attempt, writer }),
      ),
    remove: (key, version, { signal } = {}) =>
      through({ what: `remove ${key}`, signal }, (attempt) => store.remove(key, version, { signal: attempt })),
    delete: (key, { signal } = {}) => through({ what: `delete ${key}`, signal }, (attempt) => store.delete(key, { signal: attempt })),
    list: (prefix, { signal } = {}) =>
      listing({ what: `list ${prefix}`, signal }, (attempt) => store.list(prefix, { signal: attempt }), String),
    putUnit: (segment, id, bytes, { signal } = {}) =>
      through({ what: `write a unit of ${segment}`, sizeBytes: bytes.byteLength, unit: true, signal }, (attempt) =>
        store.putUnit(segment, id, bytes, { signal: attempt }),
      ),
    listUnits: (segment, { signal } = {}) =>
      through({ what: `list the units of ${segment}`, sizeBytes: LIST_BYTES, signal }, (attempt) =>
        store.listUnits(segment, { signal: attempt }),
      ),
    seal: (segment, ids, { signal } = {}) =>
      through({ what: `seal ${segment}`, sizeBytes: LIST_BYTES, signal }, (attempt) => store.seal(segment, ids, { signal: attempt })),
    readRange: (segment, offset, lengthBytes, { signal } = {}) =>
      through({ what: `read ${segment}`, sizeBytes: lengthBytes, unit: true, signal }, (attempt) =>
        store.readRange(segment, offset, lengthBytes, { signal: attempt }),
      ),
    listSegments: (prefix, { signal } = {}) =>
      listing(
        { what: `list ${prefix}`, signal },
        (attempt) => store.listSegments(prefix, { signal: attempt }),
        ({ name }) => name,
      ),
    deleteSegment: (segment, { signal } = {}) =>
      through({ what: `delete ${segment}`, signal }, (attempt) => store.deleteSegment(segment, { signal: attempt })),
    deleteRecord: (key, { signal } = {}) =>
      through({ what: `delete ${key}`, signal }, (attempt) => store.deleteRecord(key, { signal: attempt })),
    exists: ({ signal } = {}) => through({ what: "look for the store", signal }, (attempt) => store.exists({ signal: attempt })),
    probe: ({ signal } = {}) => through({ what: "reach the store", signal }, (attempt) => store.probe({ signal: attempt })),
  };
}

function unreachable(what: string, reason: string, cause: Error): StoreError {
  return new StoreError("STORE_UNREACHABLE", `Could not ${what}: ${reason}.`, { cause });
}

function newWriter(): string {
  return randomBytes(8).toString("hex");
}

function sameBytes(found: StoredObject | undefined, bytes: Uint8Array): boolean {
  return found !== undefined && Buffer.compare(found.bytes, bytes) === 0;
}
