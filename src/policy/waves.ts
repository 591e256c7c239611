/**
 * Whose turn comes when, where an outage made more items fail than the caps let through at once: those with the oldest recovery point first, because they
 * have most to lose. In: the items that a run is about to start. Out: a start for each, never before its own, so that no more are due at any time than
 * the caps allow. What other runs and later attempts take is up to the shared buckets.
 */
import { takeTurn, type Pace, type PaceLimit } from "./pace.ts";
import { MINUTE_MS } from "./times.ts";

export interface WaveItem {
  readonly key: string;
  readonly subscriptionId: string;
  readonly vaultId: string;
  /** The newest recovery point; undefined: none is known, which is taken for the oldest of all. */
  readonly lastRecoveryPointMs: number | undefined;
  readonly notBeforeMs: number;
}

export interface Caps {
  readonly subscription: PaceLimit;
  readonly vault: PaceLimit;
}

export interface WaveStart {
  readonly atMs: number;
  /** 1 for those that go at once; then one wave a minute. */
  readonly wave: number;
}

/** In the order of `items`. */
export function waveStarts(items: readonly WaveItem[], caps: Caps, nowMs: number): WaveStart[] {
  const paces = new Map<string, Pace>();
  const turn = (id: string, limit: PaceLimit, atMs: number): number => {
    const taken = takeTurn(paces.get(id.toLowerCase()), limit, atMs);
    paces.set(id.toLowerCase(), taken.pace);
    return taken.atMs;
  };
  const starts = new Map<WaveItem, WaveStart>();
  for (const item of [...items].sort(byUrgency(nowMs))) {
    const dueMs = Math.max(nowMs, item.notBeforeMs);
    const atMs = Math.max(turn(item.subscriptionId, caps.subscription, dueMs), turn(item.vaultId, caps.vault, dueMs));
    starts.set(item, { atMs, wave: atMs <= dueMs ? 1 : 1 + Math.ceil((atMs - dueMs) / MINUTE_MS) });
  }
  return items.map((item) => starts.get(item) ?? { atMs: item.notBeforeMs, wave: 1 });
}

/** Among those that are due in the same minute the oldest recovery point goes first; the id makes the order the same every time. */
function byUrgency(nowMs: number): (a: WaveItem, b: WaveItem) => number {
  const minute = ({ notBeforeMs }: WaveItem): number => Math.floor(Math.max(nowMs, notBeforeMs) / MINUTE_MS);
  const point = ({ lastRecoveryPointMs }: WaveItem): number => lastRecoveryPointMs ?? Number.NEGATIVE_INFINITY;
  return (a, b) => minute(a) - minute(b) || compare(point(a), point(b)) || compare(a.key, b.key);
}

function compare<T extends number | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
