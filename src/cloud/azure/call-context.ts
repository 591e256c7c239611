/**
 * What a request belongs to, carried beside it: the SDK clients take no notes along, and one client serves many calls at a time.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { CallCounts } from "../control-plane.ts";

export interface CallContext {
  readonly counts: CallCounts;
  readonly counter: "graph" | "management";
  /** `read` may be repeated; `once` is sent a single time, whatever becomes of it. */
  readonly repeat: "read" | "once";
}

const storage = new AsyncLocalStorage<CallContext>();

export function inCall<T>(context: CallContext, run: () => Promise<T>): Promise<T> {
  return storage.run(context, run);
}

export function currentCall(): CallContext {
  const context = storage.getStore();
  if (context === undefined)
    throw new Error("A request was sent outside a call: nobody would count it or know whether it may be repeated.");
  return context;
}
