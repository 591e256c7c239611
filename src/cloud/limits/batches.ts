/**
 * Changes of shared records, collected: what comes in while a record is being read and written goes along with the next compare-and-swap. In: a key and a
 * change. Out: the change's result, once it is stored. A change may be asked several times, and sees those before it in its batch.
 */
import { updateJson } from "../../store/json-records.ts";
import type { Store } from "../../store/store.ts";
import { recordOf } from "../ledger/records.ts";

/** Without a `record` nothing changes. */
type Change<T, R> = (record: T) => { readonly result: R; readonly record?: T };

export interface Batches<T> {
  change<R>(key: string, change: Change<T, R>): Promise<R>;
}

interface Waiting<T> {
  /** Applies the change and keeps its result. */
  readonly apply: (record: T) => T;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/** @param nothing what an absent record stands for. @param prune is asked before each write. */
export function createBatches<T extends object>(store: Store, nothing: T, prune: (record: T) => T): Batches<T> {
  const waiting = new Map<string, Waiting<T>[]>();

  const carryOut = async (key: string, batch: readonly Waiting<T>[]): Promise<void> => {
    try {
      await updateJson(store, key, recordOf<T>, (current) => {
        const before = current ?? nothing;
        const after = batch.reduce((record, { apply }) => apply(record), before);
        return after === before ? undefined : prune(after);
      });
      for (const { done } of batch) done();
    } catch (error) {
      for (const { failed } of batch) failed(error);
    }
  };

  const work = async (key: string, queue: Waiting<T>[]): Promise<void> => {
    // What is asked for in the same moment goes into the first batch already.
    await Promise.resolve();
    while (queue.length > 0) await carryOut(key, queue.splice(0));
    waiting.delete(key);
  };

  return {
    change<R>(key: string, change: Change<T, R>) {
      return new Promise<R>((resolve, reject) => {
        let result: R;
        const entry: Waiting<T> = {
          apply(record) {
            const changed = change(record);
            result = changed.result;
            return changed.record ?? record;
          },
          done: () => resolve(result),
          failed: reject,
        };
        const queue = waiting.get(key);
        if (queue !== undefined) {
          queue.push(entry);
          return;
        }
        const fresh = [entry];
        waiting.set(key, fresh);
        void work(key, fresh);
      });
    },
  };
}
