/**
 * Gaps: protected items without a successful recovery point inside their objective, whether a job failed or not (F4). In: what item, policy and job rows
 * say of an item. Out: whether it has a gap, in words. It does not promise to see items whose points no row tells of (Backup vaults): those are counted
 * as unknown, not as well.
 */
import type { Candidate, JobFacts } from "./candidate.ts";
import type { Verdict } from "./errors.ts";
import { HOUR_MS, utcMinute } from "./times.ts";

/** Of the interval: a backup that is late by as much is not missing yet. */
const TOLERANCE = 0.25;
/** Where the policy cannot be read. */
const UNREADABLE_OBJECTIVE_MS = 24 * HOUR_MS;

export interface Objective {
  readonly ms: number;
  readonly from: "setting" | "policy" | "default";
}

export function objectiveOf(intervalMs: number | undefined, settingMs: number | undefined): Objective {
  if (settingMs !== undefined) return { ms: settingMs, from: "setting" };
  if (intervalMs === undefined) return { ms: UNREADABLE_OBJECTIVE_MS, from: "default" };
  return { ms: Math.round(intervalMs * (1 + TOLERANCE)), from: "policy" };
}

/** Plain data: kept in candidates and reports. */
export interface Gap {
  /** Absent: the item never had a point. */
  readonly lastPointMs?: number;
  readonly objectiveMs: number;
  readonly objectiveFrom: Objective["from"];
  readonly policyName?: string;
  /** A point at or after this time would have been in time. */
  readonly cutoffMs: number;
}

export interface PointView {
  readonly lastPointMs: number | undefined;
  /** The row of its kind tells of points at all, so that none means never. */
  readonly tellsPoints: boolean;
  /** Backups of the item in the run's window that succeeded. */
  readonly successes: readonly JobFacts[];
  readonly objective: Objective;
  readonly policyName?: string;
  readonly nowMs: number;
}

/** `unknown`: no row tells of the item's points. */
export function findGap({ lastPointMs, tellsPoints, successes, objective, policyName, nowMs }: PointView): Gap | "in-time" | "unknown" {
  const cutoffMs = nowMs - objective.ms;
  const isInTime = (ms: number | undefined): boolean => ms !== undefined && ms >= cutoffMs;
  // Job rows may be ahead of item rows.
  if (isInTime(lastPointMs) || successes.some(({ startMs, endMs }) => isInTime(startMs) || isInTime(endMs))) return "in-time";
  if (lastPointMs === undefined && !tellsPoints) return "unknown";
  return {
    ...(lastPointMs !== undefined && { lastPointMs }),
    objectiveMs: objective.ms,
    objectiveFrom: objective.from,
    ...(policyName !== undefined && { policyName }),
    cutoffMs,
  };
}

/** `No recovery point since 2026-11-17 05:00 UTC; one at least every 30 h is expected (policy daily-22h, and a quarter more).` */
export function gapReason(gap: Gap): string {
  const since = gap.lastPointMs === undefined ? "No recovery point at all" : `No recovery point since ${utcMinute(gap.lastPointMs)}`;
  return `${since}; one at least every ${hours(gap.objectiveMs)} h is expected (${expectedBy(gap)}).`;
}

function expectedBy({ objectiveFrom, policyName }: Gap): string {
  switch (objectiveFrom) {
    case "setting":
      return "REPRISE_GAP_OBJECTIVE";
    case "policy":
      return `policy ${policyName ?? ""}, and a quarter more`;
    case "default":
      return policyName === undefined ? "its policy is not known" : `the schedule of policy ${policyName} cannot be read`;
  }
}

function hours(ms: number): string {
  return String(Math.round((ms / HOUR_MS) * 100) / 100);
}

/** When the objective was missed; for an item that never had a point, the time by which it should have had one. */
export function missedAtMs(gap: Gap): number {
  return gap.lastPointMs === undefined ? gap.cutoffMs : gap.lastPointMs + gap.objectiveMs;
}

/** A gap in place of a failed job: what began before the point that is missing cures nothing. It has no name, so that no job is taken for it. */
export function gapAsFailure({ cutoffMs }: Pick<Gap, "cutoffMs">): JobFacts {
  return { name: "", status: "Failed", startMs: cutoffMs, userTriggered: false };
}

/** No failed job: the candidate stands for its gap alone. A failure that the vault shows later takes its place. */
export function isGapOnly(candidate: Pick<Candidate, "gap" | "failed">): candidate is Pick<Candidate, "failed"> & { readonly gap: Gap } {
  return candidate.gap !== undefined && candidate.failed.name === "";
}

export const GAP_ADVICE =
  "Open the item in its vault and see why its schedule makes no point: is protection paused, is the policy's schedule as it should be, does the machine exist and run? `Backup now` there, or `reprise retry --retry-gaps --item NAME`, makes one.";

/** How a gap is retried: like an error that passes. What a failed attempt says counts from then on. */
export const GAP_VERDICT: Verdict = {
  kind: "transient",
  code: "NoRecoveryPoint",
  known: true,
  firstDelayMs: 0,
  tries: 1,
  then: "failing",
  meaning: "No job failed, and yet there is no recovery point in time.",
  advice: GAP_ADVICE,
};
