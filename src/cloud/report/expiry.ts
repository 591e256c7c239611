/** Expiry asked and sent, by workload. In: the report. Out: rows; texts are as they came. */
import type { AttemptReport, RunReport } from "../../policy/report.ts";
import { between, plural } from "./words.ts";

export interface ExpiryRow {
  readonly workload: string;
  readonly asked: string;
  readonly sent: string;
  readonly differs: boolean;
  readonly backups: number;
}

const DAY_MS = 86_400_000;

/** One row per workload and pair of lengths; only attempts that the service accepted sent anything. */
export function expiryRows(report: RunReport): readonly ExpiryRow[] {
  const rows = new Map<string, { workload: string; asked: string; sent: string; differs: boolean; backups: number }>();
  for (const item of report.items) {
    for (const attempt of item.attempts) {
      if (attempt.trigger !== "accepted" || attempt.expiryAsked === undefined) continue;
      const asked = lengthOf(attempt, attempt.expiryAsked);
      const sent = attempt.expirySent === undefined ? "none: by the policy" : lengthOf(attempt, attempt.expirySent);
      const key = JSON.stringify([item.workload, asked, sent]);
      const row = rows.get(key) ?? { workload: item.workload, asked, sent, differs: asked !== sent, backups: 0 };
      row.backups += 1;
      rows.set(key, row);
    }
  }
  return [...rows.values()].sort((a, b) => (a.workload < b.workload ? -1 : a.workload > b.workload ? 1 : b.backups - a.backups));
}

/** In whole days from the trigger; what is no time (the name of a policy's tag) stays as it is. */
function lengthOf(attempt: AttemptReport, expiry: string): string {
  const ms = between(attempt.triggeredAt, expiry);
  return ms === undefined ? expiry : plural(Math.round(ms / DAY_MS), "day");
}
