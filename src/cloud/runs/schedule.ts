/**
 * The scheduled run. Each evaluation asks which due time came last; its run id is made of that time, so that firing twice, late or on two instances gives
 * one run, and a time missed while the app was down is made up once.
 */
import { Cron } from "croner";
import type { CloudSettings } from "../../settings/settings.ts";
import type { CloudDependencies } from "../dependencies.ts";
import { startRun, type RunClient } from "./start-run.ts";

/** A due time older than this is not made up any more: the next one is closer. */
const MAKE_UP_MS = 12 * 3_600_000;

/** The id of the run that was started now, or undefined when none was due. */
export async function startDueRun(
  dependencies: Pick<CloudDependencies, "clock" | "ledger">,
  settings: CloudSettings,
  client: RunClient,
): Promise<string | undefined> {
  if (!settings.scheduleEnabled) return undefined;
  const dueMs = lastDueMs(settings.schedule, dependencies.clock.now());
  if (dueMs === undefined) return undefined;
  const runId = `schedule-${new Date(dueMs).toISOString().slice(0, 16).replaceAll(/[-:]/g, "").toLowerCase()}`;
  if ((await dependencies.ledger.outcome.read(runId)) !== undefined) return undefined;
  const started = await startRun(dependencies, settings, client, { runId, request: {}, origin: "schedule" });
  return started.kind === "started" ? runId : undefined;
}

/** The newest time of the schedule (UTC) at or before `nowMs`, if it is not too long ago. */
export function lastDueMs(schedule: string, nowMs: number): number | undefined {
  const [due] = new Cron(schedule, { timezone: "UTC", mode: "6-part", paused: true }).previousRuns(1, new Date(nowMs + 1_000));
  return due !== undefined && due.getTime() <= nowMs && nowMs - due.getTime() <= MAKE_UP_MS ? due.getTime() : undefined;
}
