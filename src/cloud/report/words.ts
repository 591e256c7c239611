/** The words of a report, the same in HTML, in a terminal and in messages: labels, numbers, times, durations. English; times are UTC. */
import type { Decision, SkipCause } from "../../policy/run.ts";
import { visibleName } from "./visible.ts";

/** The order of a report: what needs somebody first. */
export const DECISIONS: readonly Decision[] = ["needs-person", "failing", "running", "cancelled", "recovered", "planned", "skipped"];

export const DECISION_LABELS: Readonly<Record<Decision, string>> = {
  "needs-person": "Needs a person",
  failing: "Still failing",
  running: "Still running",
  cancelled: "Cancelled",
  recovered: "Recovered",
  planned: "Would be retried",
  skipped: "Skipped",
};

export const SKIP_LABELS: Readonly<Record<SkipCause, string>> = {
  cured: "A later backup succeeded",
  running: "A backup runs already",
  "cancelled-by-person": "A person cancelled it",
  excluded: "Excluded by settings",
  unsupported: "Cannot be triggered here",
  "not-protected": "Not protected at the moment",
  "self-healing": "The service repairs it by itself",
  claimed: "Another run takes care of it",
  "unknown-status": "Status not understood",
};

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Thousands are grouped by a comma: 12,000. */
export function count(value: number): string {
  return String(value).replaceAll(/\B(?=(?:\d{3})+$)/gu, ",");
}

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** Milliseconds since the epoch. `Date.parse` alone finds a date in many a name, for example in `server-01`. */
export function timeOf(iso: string): number | undefined {
  const ms = /^\d{4}-\d\d-\d\dT/u.test(iso) ? Date.parse(iso) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}

/** `20 Nov 2026, 13:00 UTC`; what is no time stays as it is. */
export function formatTime(iso: string): string {
  const ms = timeOf(iso);
  return ms === undefined ? visibleName(iso) : `${formatDay(ms)}, ${formatClock(ms)} UTC`;
}

/** Only the time of day when it is the day of `near`. */
export function formatTimeNear(iso: string, near: string): string {
  const ms = timeOf(iso);
  if (ms === undefined) return visibleName(iso);
  if (iso.slice(0, 10) === near.slice(0, 10)) return formatClock(ms);
  const day = new Date(ms);
  return `${day.getUTCDate()} ${MONTHS[day.getUTCMonth()]} ${formatClock(ms)}`;
}

/** `13:00`. */
export function formatClock(ms: number): string {
  return new Date(ms).toISOString().slice(11, 16);
}

/** `20 Nov 2026`. */
export function formatDay(ms: number): string {
  const day = new Date(ms);
  return `${day.getUTCDate()} ${MONTHS[day.getUTCMonth()]} ${day.getUTCFullYear()}`;
}

/** As exact as a reader needs it: `45 s`, `12 min`, `3 h 20 min`, `34 h`, `2 d 4 h`. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return hours >= 10 || minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  const days = Math.floor(hours / 24);
  return hours % 24 === 0 ? `${days} d` : `${days} d ${hours % 24} h`;
}

/** Milliseconds from one ISO time to another; undefined when either is missing or no time. */
export function between(from: string | undefined, to: string | undefined): number | undefined {
  const start = timeOf(from ?? "");
  const end = timeOf(to ?? "");
  return start === undefined || end === undefined ? undefined : end - start;
}
