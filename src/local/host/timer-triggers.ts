/** Timer triggers: each is due by its NCRONTAB in UTC, runs on the clock's background, and never twice at once. */
import { Cron } from "croner";
import type { Clock } from "../../clock/clock.ts";
import type { Registration, TypedData } from "./functions-core.ts";
import { invoke } from "./invocation.ts";
import type { HostLogLine } from "./local-host.ts";

export interface TimerTriggersOptions {
  readonly registrations: readonly Registration[];
  readonly clock: Clock;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly extraInputs: (registration: Registration) => Readonly<Record<string, TypedData>>;
  readonly log: (line: HostLogLine) => void;
  /** Runs `start` outside any work of the clock that happens to be the caller's. */
  readonly detached: (start: () => void) => void;
}

export interface TimerTriggers {
  /** Starts nothing more; resolves when the handlers under way have ended. */
  stop(): Promise<void>;
}

/** A run that begins later than this after its time is past due. */
const TOLERANCE_MS = 1000;

interface Trigger {
  readonly registration: Registration;
  readonly schedule: Cron;
  readonly runsOnStartup: boolean;
}

/** Throws when a schedule cannot be read or names a setting that is not there. */
export function startTimerTriggers(options: TimerTriggersOptions): TimerTriggers {
  const { clock, detached, extraInputs, log } = options;
  const running = new Map<Trigger, Promise<void>>();
  const cancels = new Map<Trigger, () => void>();
  let isStopped = false;

  const arm = (trigger: Trigger, lastMs: number | undefined): void => {
    const next = trigger.schedule.nextRun(new Date(clock.now()));
    if (isStopped || next === null) return;
    detached(() =>
      cancels.set(
        trigger,
        clock.at(next.getTime(), () => fire(trigger, next.getTime(), lastMs), { background: true }),
      ),
    );
  };

  /** The next time is looked for only after the handler has ended, so that times which fall into a long run are left out. */
  const fire = (trigger: Trigger, dueMs: number, lastMs: number | undefined): void => {
    detached(() => running.set(trigger, run(trigger, dueMs, lastMs)));
  };

  const run = async (trigger: Trigger, dueMs: number, lastMs: number | undefined): Promise<void> => {
    const { registration, schedule } = trigger;
    const startedMs = clock.now();
    const input = { trigger: { json: JSON.stringify(timerInput(schedule, dueMs, lastMs, startedMs)) }, extra: extraInputs(registration) };
    try {
      await clock.work(() => invoke(registration, input, log));
    } catch (error) {
      const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
      log({ level: "error", functionName: registration.metadata.name, message });
    }
    running.delete(trigger);
    arm(trigger, startedMs);
  };

  for (const trigger of options.registrations.flatMap((registration) => toTrigger(registration, options.environment))) {
    if (trigger.runsOnStartup) fire(trigger, clock.now(), undefined);
    else arm(trigger, undefined);
  }
  return {
    stop: async () => {
      isStopped = true;
      for (const cancel of cancels.values()) cancel();
      await Promise.all(running.values());
    },
  };
}

function toTrigger(registration: Registration, environment: TimerTriggersOptions["environment"]): Trigger[] {
  const binding = Object.values(registration.metadata.bindings).find(({ type }) => type === "timerTrigger");
  if (binding === undefined) return [];
  const schedule = parseSchedule(registration.metadata.name, binding["schedule"], environment);
  return [{ registration, schedule, runsOnStartup: binding["runOnStartup"] === true }];
}

/** The host gives no status for schedules with several runs a minute. */
function timerInput(schedule: Cron, dueMs: number, lastMs: number | undefined, nowMs: number): unknown {
  const [first, second] = schedule.nextRuns(2, new Date(nowMs));
  const isSubMinute = first !== undefined && second !== undefined && second.getTime() - first.getTime() < 60_000;
  const last = lastMs === undefined ? "0001-01-01T00:00:00" : new Date(lastMs).toISOString();
  return {
    Schedule: { AdjustForDST: true },
    ScheduleStatus: isSubMinute ? null : { Last: last, LastUpdated: last, Next: (first ?? new Date(nowMs)).toISOString() },
    IsPastDue: nowMs - dueMs >= TOLERANCE_MS,
  };
}

function parseSchedule(functionName: string, setting: unknown, environment: Readonly<Record<string, string | undefined>>): Cron {
  const text = typeof setting === "string" ? setting : "";
  const schedule = text.replaceAll(/%(?<name>[^%]+)%/gu, (_whole, name: string) => {
    const value = environment[name];
    if (value === undefined || value === "")
      throw new Error(`The schedule of function '${functionName}' names the setting ${name}, which is not set.`);
    return value;
  });
  const fields = schedule.trim().split(/\s+/u).length;
  try {
    if (fields !== 5 && fields !== 6) throw new Error(`it has ${fields} fields`);
    return new Cron(schedule, { timezone: "UTC", paused: true, domAndDow: true });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `The schedule of function '${functionName}' is ${JSON.stringify(schedule)}: ${reason}. Allowed is an NCRONTAB of 6 fields, seconds first.`,
      { cause: error },
    );
  }
}
