/** Histories of instances that ran lately, so that a turn does not read them from the file again. Bounded; the oldest unused goes first. */
import type { HistoryEvent } from "./history.ts";

/** Characters of JSON kept in all; the parsed events beside them take some times as much. */
const LARGEST_CACHE_CHARS = 8 * 1024 * 1024;

export interface CachedHistory {
  readonly executionId: string;
  readonly events: readonly HistoryEvent[];
  /** The same events as JSON texts, one per turn, as stored. */
  readonly texts: readonly string[];
  /** Activities and sub-orchestrations whose outcome was still to come after the last turn. */
  readonly outstanding: number;
  readonly lastTurnMs: number;
}

export class HistoryCache {
  readonly #entries = new Map<string, { readonly history: CachedHistory; readonly chars: number }>();
  #chars = 0;

  /** The history of that execution, or undefined. */
  get(instanceId: string, executionId: string): CachedHistory | undefined {
    const entry = this.#entries.get(instanceId);
    return entry?.history.executionId === executionId ? entry.history : undefined;
  }

  peek(instanceId: string): CachedHistory | undefined {
    return this.#entries.get(instanceId)?.history;
  }

  put(instanceId: string, history: CachedHistory): void {
    this.delete(instanceId);
    let chars = 0;
    for (const text of history.texts) chars += text.length;
    this.#entries.set(instanceId, { history, chars });
    this.#chars += chars;
    for (const oldest of this.#entries.keys()) {
      if (this.#chars <= LARGEST_CACHE_CHARS || oldest === instanceId) break;
      this.delete(oldest);
    }
  }

  delete(instanceId: string): void {
    const entry = this.#entries.get(instanceId);
    if (entry === undefined) return;
    this.#chars -= entry.chars;
    this.#entries.delete(instanceId);
  }
}
