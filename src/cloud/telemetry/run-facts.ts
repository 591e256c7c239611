/** What is told about schedules and runs. Told at least once: an activity that is executed again tells again, and queries take the newest per run. */
import type { RunCounts } from "../../policy/report.ts";
import type { RunRecord, RunStatus } from "../../policy/run.ts";
import { scheduleOf } from "../schedule/schedules.ts";
import type { Attributes, Telemetry } from "./telemetry.ts";

const iso = (epochMs: number): string => new Date(epochMs).toISOString();

/** One look of the timer at all schedules: its absence is what an operator has to hear of. */
export function scheduleChecked(telemetry: Telemetry, checked: { readonly schedules: number; readonly enabled: number }): void {
  telemetry.record({
    name: "ScheduleChecked",
    level: "information",
    message: `${checked.enabled} of ${checked.schedules} schedules are on.`,
    attributes: { "reprise.schedules": checked.schedules, "reprise.schedulesEnabled": checked.enabled },
  });
}

export interface Due {
  readonly schedule: string;
  readonly runId: string;
  readonly dueMs: number;
  /** When it may start at the earliest: `dueMs`, or the end of quiet hours. */
  readonly wantedMs: number;
}

const ofDue = ({ schedule, runId, dueMs, wantedMs }: Due): Attributes => ({
  "reprise.run": runId,
  "reprise.schedule": schedule,
  "reprise.due": iso(dueMs),
  "reprise.wanted": iso(wantedMs),
});

export function runDue(telemetry: Telemetry, due: Due): void {
  telemetry.record({
    name: "RunDue",
    level: "information",
    message: `The run ${due.runId} is due since ${iso(due.dueMs)}.`,
    attributes: ofDue(due),
  });
}

/** `reason` is a code or the name of an error. */
export function runNotStarted(telemetry: Telemetry, due: Due, reason: string): void {
  telemetry.record({
    name: "RunNotStarted",
    level: "error",
    message: `The run ${due.runId}, due ${iso(due.dueMs)}, could not be started (${reason}).`,
    attributes: { ...ofDue(due), "reprise.reason": reason },
  });
}

/** The due time is so long ago that it is not made up. */
export function scheduleMissed(telemetry: Telemetry, due: Due): void {
  telemetry.record({
    name: "ScheduleMissed",
    level: "error",
    message: `The run ${due.runId}, due ${iso(due.dueMs)}, was missed and is not made up.`,
    attributes: ofDue(due),
  });
}

const ofRun = ({ runId, origin, rules }: RunRecord): Attributes => ({
  "reprise.run": runId,
  "reprise.origin": origin,
  ...(origin === "schedule" && { "reprise.schedule": scheduleOf(runId) }),
  "reprise.dryRun": rules.dryRun,
});

/** The first activity of the run is at work: the run did not only get an id, it runs. */
export function runStarted(telemetry: Telemetry, run: RunRecord): void {
  telemetry.record({
    name: "RunStarted",
    level: "information",
    message: `The run ${run.runId} began to look for failed backups.`,
    attributes: {
      ...ofRun(run),
      "reprise.windowFrom": iso(run.window.fromMs),
      "reprise.windowTo": iso(run.window.toMs),
      "reprise.deadline": iso(run.deadlineMs),
    },
  });
  telemetry.add("reprise.runs.started", 1, { "reprise.origin": run.origin });
}

export interface RunEnd {
  readonly status: RunStatus;
  readonly counts: RunCounts;
  /** False: something that was to be looked at could not be seen. */
  readonly complete: boolean;
  readonly problem?: string | undefined;
  readonly endedMs: number;
}

/** `again`: it ended before, and its end may not have been told. Then it is not counted a second time. */
export function runEnded(telemetry: Telemetry, run: RunRecord, end: RunEnd, again: boolean): void {
  const { status, counts, complete, problem, endedMs } = end;
  telemetry.record({
    name: "RunEnded",
    level: status === "failed" ? "error" : counts.failing > 0 || !complete ? "warning" : "information",
    message: `The run ${run.runId} ${status}: ${counts.recovered} recovered, ${counts.failing} failing, ${counts.skipped} skipped of ${counts.items} items.`,
    attributes: {
      ...ofRun(run),
      "reprise.outcome": status,
      "reprise.complete": complete,
      "reprise.problem": problem,
      "reprise.durationSeconds": Math.round((endedMs - run.startedMs) / 1_000),
      ...Object.fromEntries(Object.entries(counts).map(([count, value]) => [`reprise.${count}`, value])),
    },
  });
  if (!again) {
    telemetry.add("reprise.runs.ended", 1, { "reprise.outcome": status });
    if (!run.rules.dryRun) telemetry.add("reprise.items.failing", counts.failing, { "reprise.origin": run.origin });
  }
  telemetry.flush();
}
