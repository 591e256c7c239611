/**
 * Starts the runs whose scheduled time has come. In: the schedules, and how far each was evaluated (`schedule-state` in the run store). Out: what was started.
 * The state is written after the runs were started, and runs are started by id: fired twice, late, on two instances, or killed in between, a due time gives
 * one run. It does not promise the minute: the timer that calls it comes every five.
 */
import { MAKE_UP_MS, nextStep, quietMsAt, type Schedule } from "../../policy/schedule.ts";
import { DAY_MS, MINUTE_MS } from "../../policy/times.ts";
import type { CloudSettings } from "../../settings/settings.ts";
import { readJson, updateJson } from "../../store/json-records.ts";
import type { CloudDependencies } from "../dependencies.ts";
import { recordOf } from "../ledger/records.ts";
import { startRun, type RunClient, type Started } from "../runs/start-run.ts";
import { newestDueMs } from "../../schedule/due-times.ts";
import { runDue, runNotStarted, scheduleChecked, scheduleMissed, type Due } from "../telemetry/run-facts.ts";
import { noTelemetry } from "../telemetry/telemetry.ts";
import { scheduledRunId, schedulesOf } from "./schedules.ts";
import { wallOf } from "../../schedule/zone.ts";

export interface DueRun {
  readonly schedule: string;
  readonly dueMs: number;
  readonly runId: string;
  /** `conflict`: a run of this id was started with another request, by hand or before the schedule was changed; it is left as it is. */
  readonly kind: Started["kind"];
}

interface ScheduleState {
  /** By schedule: due times up to here are dealt with. */
  readonly marks: Readonly<Record<string, number>>;
  /** By schedule: its newest run. */
  readonly runs?: Readonly<Record<string, string>>;
}

/** Resource Graph shows a job some minutes after its end, and a run starts up to a tick late. */
const OVERLAP_MS = 2 * 3_600_000;
/** What was left by runs long ago is not looked for again. */
const LONGEST_LOOK_BACK_MS = 3 * DAY_MS;

const STATE_KEY = "schedule-state";

/** @throws SettingError, or AggregateError of the schedules whose run could not be started: the next evaluation tries them again */
export async function startDueRuns(
  dependencies: Pick<CloudDependencies, "clock" | "ledger"> & Partial<Pick<CloudDependencies, "telemetry">>,
  settings: CloudSettings,
  client: RunClient,
): Promise<readonly DueRun[]> {
  const schedules = schedulesOf(settings);
  const { ledger, telemetry = noTelemetry } = dependencies;
  const { store } = ledger;
  const nowMs = dependencies.clock.now();
  const state = await readJson(store, STATE_KEY, recordOf<ScheduleState>);
  const dueRuns: DueRun[] = [];
  const failures: unknown[] = [];
  const marks: Record<string, number> = {};
  const runs: Record<string, string> = {};
  for (const schedule of schedules) {
    const mark = state?.value.marks[schedule.name];
    const dueMs = newestDueMs(schedule, nowMs);
    const step = nextStep({ schedule, markMs: mark, nowMs, localMinute: localMinute(schedule, nowMs), newestDueMs: dueMs });
    if (schedule.enabled && dueMs !== undefined && mark !== undefined && dueMs > mark && nowMs - dueMs > MAKE_UP_MS && step.markMs >= dueMs)
      scheduleMissed(telemetry, dueOf(schedule, dueMs));
    try {
      if (step.startDueMs !== undefined) dueRuns.push(await start(schedule, step.startDueMs));
      marks[schedule.name] = step.markMs;
    } catch (error) {
      failures.push(error);
      // Also of a schedule that is seen for the first time: its beginning stands, and the due time is found again.
      marks[schedule.name] = mark ?? (step.startDueMs ?? nowMs) - 1;
    }
  }
  await updateJson(store, STATE_KEY, recordOf<ScheduleState>, (current) => ({
    marks: newest(marks, current?.marks ?? {}),
    runs: { ...current?.runs, ...runs },
  }));
  scheduleChecked(telemetry, { schedules: schedules.length, enabled: schedules.filter(({ enabled }) => enabled).length });
  if (failures.length > 0)
    throw new AggregateError(failures, `${failures.length} scheduled runs could not be started: ${failures.map(String).join("; ")}`);
  return dueRuns;

  async function start(schedule: Schedule, dueMs: number): Promise<DueRun> {
    const due = dueOf(schedule, dueMs);
    const { runId } = due;
    runDue(telemetry, due);
    try {
      const { kind } = await startDue(schedule, runId);
      if (kind === "conflict") runNotStarted(telemetry, due, kind);
      return { schedule: schedule.name, dueMs, runId, kind };
    } catch (error) {
      runNotStarted(telemetry, due, error instanceof Error ? error.name : "error");
      throw error;
    }
  }

  async function startDue(schedule: Schedule, runId: string): Promise<Started> {
    const before = state?.value.runs?.[schedule.name];
    const lookBackToMs = before === undefined || before === runId ? undefined : await leftOff(before);
    const started = await startRun(dependencies, settings, client, {
      runId,
      request: schedule.request,
      origin: "schedule",
      ...(lookBackToMs !== undefined && { lookBackToMs }),
    });
    runs[schedule.name] = runId;
    return started;
  }

  /** Where the schedule's last run stopped looking, and what it left to the next one. */
  async function leftOff(runId: string): Promise<number | undefined> {
    const [run, outcome] = await Promise.all([ledger.findRun(runId), ledger.outcome.read(runId)]);
    if (run === undefined) return undefined;
    return Math.max(nowMs - LONGEST_LOOK_BACK_MS, Math.min(run.window.toMs - OVERLAP_MS, outcome?.leftSinceMs ?? nowMs));
  }
}

function dueOf(schedule: Schedule, dueMs: number): Due {
  const wantedMs = dueMs + quietMsAt(schedule.quietHours, localMinute(schedule, dueMs));
  return { schedule: schedule.name, runId: scheduledRunId(schedule.name, dueMs), dueMs, wantedMs };
}

function localMinute({ timeZone }: Schedule, epochMs: number): number {
  return Math.floor(wallOf(epochMs, timeZone) / MINUTE_MS) % (DAY_MS / MINUTE_MS);
}

/** Another instance may have been here meanwhile. Schedules that are gone are forgotten: one that comes back begins anew. */
function newest(marks: Readonly<Record<string, number>>, stored: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(marks).map(([name, mark]) => [name, Math.max(mark, stored[name] ?? mark)]));
}
