/** An item whose turn comes later than its error's own waiting time: the decision says so. */
import type { RunRecord } from "../../policy/run.ts";
import { utcMinute } from "../../policy/times.ts";
import type { PlannedItem } from "../ledger/records.ts";

const TOO_MANY = "More items fail than may be started at once";

export function inTurn<T extends PlannedItem>({ deadlineMs }: RunRecord, planned: T): T {
  const { start, decision } = planned;
  if (start === undefined || decision.kind !== "start" || start.atMs <= decision.notBeforeMs) return planned;
  if (start.atMs > deadlineMs)
    return {
      ...planned,
      decision: { kind: "failing", reason: `${TOO_MANY}, and its turn comes after the run's deadline; the next run takes it.` },
    };
  const reason = `${decision.reason} ${TOO_MANY}: wave ${start.wave}, not before ${utcMinute(start.atMs)}, the oldest recovery points first.`;
  return { ...planned, decision: { ...decision, notBeforeMs: start.atMs, reason } };
}
