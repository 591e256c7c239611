/**
 * The on-demand backups of an item on one UTC day, over all runs (C18). A trigger takes a slot before it is sent and holds it while a backup may have come
 * of it. Repeating a step for the same attempt changes nothing more.
 */
import { dayCapReason } from "../../policy/plan.ts";
import { startOfUtcDayMs, utcDay } from "../../policy/times.ts";
import type { AttemptKey, Ledger } from "../ledger/ledger.ts";
import type { DayRecord } from "../ledger/records.ts";

type Slots = DayRecord["triggers"];

const without = (triggers: Slots, { runId, attempt }: AttemptKey): Slots =>
  triggers.filter((trigger) => trigger.runId !== runId || trigger.attempt !== attempt);

/**
 * The reason when none is left. `seenJobs`: jobs of that day at the vault that a user triggered.
 * The same job may be known by its name and as a trigger that has none yet: then it counts twice, which errs on the safe side.
 */
export async function takeDaySlot(
  ledger: Ledger,
  key: AttemptKey,
  at: { readonly nowMs: number; readonly cap: number; readonly seenJobs: readonly string[] },
): Promise<string | undefined> {
  const { runId, attempt, item } = key;
  let made = 0;
  let taken = false;
  await ledger.updateDay(utcDay(at.nowMs), item, (current) => {
    const seenJobs = [...new Set([...(current?.seenJobs ?? []), ...at.seenJobs].map((name) => name.toLowerCase()))];
    const triggers = current?.triggers ?? [];
    taken = triggers.length > without(triggers, key).length;
    if (taken) return undefined;
    made = seenJobs.length + triggers.filter(({ jobName }) => jobName === undefined || !seenJobs.includes(jobName.toLowerCase())).length;
    if (made >= at.cap) return undefined;
    taken = true;
    return { seenJobs, triggers: [...triggers, { runId, attempt }] };
  });
  return taken ? undefined : dayCapReason(made, at.cap, startOfUtcDayMs(at.nowMs));
}

/** Nothing came of the trigger that was sent (or about to be) at `sentMs`. */
export async function giveBackDaySlot(ledger: Ledger, key: AttemptKey, sentMs: number): Promise<void> {
  await ledger.updateDay(utcDay(sentMs), key.item, (current) => current && { ...current, triggers: without(current.triggers, key) });
}

/** The trigger became this job; one that was found and not made takes no slot. */
export async function nameDaySlot(
  ledger: Ledger,
  key: AttemptKey,
  sentMs: number,
  { jobName, adopted }: { readonly jobName: string; readonly adopted: boolean },
): Promise<void> {
  const { runId, attempt } = key;
  await ledger.updateDay(utcDay(sentMs), key.item, (current) => {
    if (current === undefined) return undefined;
    const others = without(current.triggers, key);
    return { ...current, triggers: adopted ? others : [...others, { runId, attempt, jobName }] };
  });
}
