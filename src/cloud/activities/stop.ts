/** What stands against sending, read just before each POST: a cancelled run (C11), a run that is over or past its deadline, an item that is another run's (C17). */
import { utcMinute } from "../../policy/times.ts";
import type { CloudDependencies } from "../dependencies.ts";
import type { TriggerResult } from "../orchestrate/steps.ts";
import type { AttemptScene } from "./attempt.ts";
import { leftReason } from "./claim.ts";

type Stopped = TriggerResult & { readonly kind: "stopped" };

export async function reasonNotToSend({ clock, ledger }: CloudDependencies, { run, key }: AttemptScene): Promise<Stopped | undefined> {
  const [cancelled, outcome, claim, current] = await Promise.all([
    ledger.isCancelled(run.runId),
    ledger.outcome.read(run.runId),
    ledger.readClaim(key.item),
    ledger.findRun(run.runId),
  ]);
  const { deadlineMs } = current ?? run;
  if (cancelled) return { kind: "stopped", decision: "cancelled", reason: "The run was cancelled before the trigger." };
  const nextRun = (why: string): Stopped => ({ kind: "stopped", decision: "failing", reason: `${why}; the next run takes it.` });
  // Its orchestration was cut off from the run's, which has written the report: nobody would hear of the backup.
  if (outcome !== undefined) return nextRun(`The run ended ${utcMinute(outcome.endedMs)} without this item`);
  if (clock.now() > deadlineMs) return nextRun(`The run's deadline (${utcMinute(deadlineMs)}) came before the trigger`);
  if (claim === undefined || claim.runId === run.runId) return undefined;
  const reason = leftReason(claim);
  // With backups of its own the item is no longer one that was left alone.
  return key.attempt > 1 ? nextRun(reason.replace(/\.$/, "")) : { kind: "stopped", decision: "skipped", cause: "claimed", reason };
}
