/** Retention after a session's tasks: of its machines, as `reprise prune` does it. */
import { prune } from "../../agent/prune/prune.ts";
import type { SessionOptions } from "../../agent/session/session-options.ts";
import { systemClock } from "../../clock/clock.ts";

/** @throws Error naming the machines whose points were left as they are */
export const applyRetentionRules: SessionOptions["retention"] = async ({ repository, rules, machines, signal }) => {
  const { skipped } = await prune({ repository, rules, machines, dryRun: false, clock: systemClock, nowMs: systemClock.now(), signal });
  if (skipped.length > 0) throw new Error(skipped.map(({ machine, why }) => `${machine} is left as it is: ${why}`).join(" "));
};
