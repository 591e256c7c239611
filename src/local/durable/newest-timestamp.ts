/** Where a run that was killed stood: the newest time in a task hub's file, so that a virtual clock can be started there. */
import { existsSync } from "node:fs";
import { HubStore } from "./hub-store.ts";

/** Milliseconds since the epoch; undefined when there is no file or nothing in it. Throws `HubLockedError` while a host has it open. */
export function readNewestTimestampMs(hubFile: string): number | undefined {
  if (hubFile === ":memory:" || !existsSync(hubFile)) return undefined;
  const store = new HubStore(hubFile);
  try {
    return store.newestMs();
  } finally {
    store.close();
  }
}
