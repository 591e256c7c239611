/** What a task hub may do without breaking its promises, and does in the cloud now and then. Tests hand it in; without it the hub is well-behaved. */
import type { HubFunctions } from "./functions.ts";
import type { HistoryEvent } from "./history.ts";

export interface HubFaults {
  /** Stands between the hub and the functions: executes an activity twice, or looks on. */
  readonly functions?: (functions: HubFunctions) => HubFunctions;
  /** How often a message is delivered, 1 or more. */
  readonly copies?: (event: HistoryEvent) => number;
  /** The order in which a turn finds what has arrived; each `event` is the JSON text of one. */
  readonly arrange?: <Row extends { readonly event: string }>(rows: readonly Row[]) => readonly Row[];
}
