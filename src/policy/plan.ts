/** What happens to an item with a failed job, before anything is sent. Pure: the plan can be printed, tested and compared. */
import { curingSuccess, type Candidate } from "./candidate.ts";
import { backoffMs, jitterOf } from "./backoff.ts";
import type { Verdict } from "./errors.ts";
import { gapReason, isGapOnly } from "./gaps.ts";
import type { RunRules, SkipCause } from "./run.ts";
import { matchesAny } from "./scope.ts";
import { startOfUtcDayMs, utcMinute } from "./times.ts";
import { UNTRIGGERABLE } from "./workload.ts";

export type PlanDecision =
  /** Trigger at `notBeforeMs`; `lookFirst`: another operation may run, look for it before the first trigger. */
  | { readonly kind: "start"; readonly notBeforeMs: number; readonly lookFirst: boolean; readonly reason: string }
  | { readonly kind: "skip"; readonly cause: SkipCause; readonly reason: string }
  | { readonly kind: "needs-person"; readonly reason: string }
  | { readonly kind: "failing"; readonly reason: string };

/** What the item rows say of the item; undefined when there was no row. */
export interface Protection {
  readonly protectionState?: string;
  readonly softDeleted: boolean;
}

export interface PlanInput {
  readonly candidate: Candidate;
  readonly protection: Protection | undefined;
  /** The newest failure, looked up in the catalogue. */
  readonly verdict: Verdict;
  /** Whether this version can trigger the workload. */
  readonly supported: boolean;
  readonly rules: RunRules;
  /** With `--item` and `--force`: "needs a person" is ignored. */
  readonly nowMs: number;
  readonly deadlineMs: number;
  readonly jitterSeed: string;
}

/** States of both providers in which the service takes an on-demand backup. Anything else is refused by it. */
const TRIGGERABLE_STATES: ReadonlySet<string> = new Set(["protected", "irpending", "protectionerror", "protectionconfigured"]);

/** Backups of it are to be expected. A state that no row tells is taken for one. */
export function isProtected({ protectionState: state, softDeleted }: Protection): boolean {
  return !softDeleted && (state === undefined || state === "" || TRIGGERABLE_STATES.has(state.toLowerCase()));
}

export function planItem(input: PlanInput): PlanDecision {
  return setAside(input) ?? decideByVerdict(input);
}

/** Reasons to leave the item alone that have nothing to do with the error. */
function setAside({ candidate, protection, supported, rules, nowMs }: PlanInput): PlanDecision | undefined {
  const { workload, newest, failed } = candidate;
  if (matchesAny(rules.excludeVaults, candidate.vault.name, candidate.vault.id))
    return skip("excluded", `The vault ${candidate.vault.name} is excluded by the settings.`);
  if (matchesAny(rules.excludeItems, candidate.friendlyName, candidate.itemName, candidate.itemId))
    return skip("excluded", "The item is excluded by the settings.");
  if (UNTRIGGERABLE.has(workload))
    return skip(
      "unsupported",
      `${workload} backups are started by the on-premises agent; the service has no request for it. Start it there.`,
    );
  if (candidate.running)
    return skip("running", `A backup that began ${utcMinute(candidate.running.startMs)} is running; nothing is started beside it.`);
  const success = curingSuccess(candidate);
  if (success && isGapOnly(candidate))
    return skip("cured", `A backup succeeded meanwhile (${utcMinute(success.endMs ?? success.startMs)}).`);
  if (success) return skip("cured", `A later backup succeeded (${utcMinute(success.endMs ?? success.startMs)}).`);
  if (newest.status.toLowerCase().startsWith("cancel"))
    return skip("cancelled-by-person", `The newest backup (${utcMinute(newest.startMs)}) was cancelled: a person decided.`);
  if (newest.status !== "Failed" && newest.startMs > failed.startMs)
    return skip(
      "unknown-status",
      `The newest backup (${utcMinute(newest.startMs)}) has the status "${newest.status}", which is not known to have ended.`,
    );
  if (!supported) return skip("unsupported", `Retrying ${workload} is not supported by this version.`);
  if (!matchesAny(rules.enabledWorkloads, workload))
    return skip("excluded", `${workload} is not among the workloads to retry (REPRISE_WORKLOADS).`);
  if (protection?.softDeleted)
    return skip("not-protected", "The item is soft-deleted; the service takes no backup of it until it is undeleted.");
  const state = protection?.protectionState;
  if (protection !== undefined && !isProtected(protection))
    return skip("not-protected", `Protection of the item is not active (${state}); the service takes no backup of it.`);
  const todayMs = startOfUtcDayMs(nowMs);
  if (candidate.triggeredToday.length >= rules.dayCap)
    return { kind: "failing", reason: dayCapReason(candidate.triggeredToday.length, rules.dayCap, todayMs) };
  return undefined;
}

export function dayCapReason(made: number, cap: number, dayMs: number): string {
  return `${made} on-demand backups were made on ${new Date(dayMs).toISOString().slice(0, 10)} (UTC), the limit is ${cap} a day; the next run takes it.`;
}

function decideByVerdict({ candidate, verdict, rules, nowMs, deadlineMs, jitterSeed }: PlanInput): PlanDecision {
  if (isGapOnly(candidate))
    return {
      kind: "start",
      notBeforeMs: nowMs,
      lookFirst: false,
      reason: `${gapReason(candidate.gap)} No failed job says why; backup at once.`,
    };
  const failedAtMs = candidate.failed.endMs ?? candidate.failed.startMs;
  if (verdict.kind === "needs-person" && !rules.force) return { kind: "needs-person", reason: `${verdict.code}: ${verdict.meaning}` };
  if (verdict.kind === "self-healing")
    return skip("self-healing", `${verdict.code}: the service repairs this by itself; nothing is triggered.`);
  const firstMs = verdict.kind === "needs-person" ? 0 : verdict.firstDelayMs;
  const notBeforeMs = Math.max(nowMs, failedAtMs + backoffMs(1, { firstMs, maxMs: rules.backoffMaxMs }, jitterOf(jitterSeed)));
  if (notBeforeMs > deadlineMs)
    return {
      kind: "failing",
      reason: `The wait for ${verdict.code} would end ${utcMinute(notBeforeMs)}, after the run's deadline; the next run takes it.`,
    };
  const when = notBeforeMs > nowMs ? `not before ${utcMinute(notBeforeMs)}` : "at once";
  const why =
    rules.force && verdict.kind === "needs-person"
      ? "forced although it needs a person"
      : verdict.known
        ? `${verdict.kind} error`
        : "unknown error, tried once";
  return { kind: "start", notBeforeMs, lookFirst: verdict.kind === "conflict", reason: `${verdict.code}: ${why}; retry ${when}.` };
}

function skip(cause: SkipCause, reason: string): PlanDecision {
  return { kind: "skip", cause, reason };
}
