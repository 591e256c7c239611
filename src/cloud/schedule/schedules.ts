/** The schedules in force: the list of `REPRISE_SCHEDULES`, or the one of `REPRISE_SCHEDULE`. Settings check everything but the requests, which are checked here. */
import type { RunRequest } from "../../policy/run.ts";
import type { Schedule } from "../../policy/schedule.ts";
import { requestsIn } from "../../settings/schedule-list.ts";
import { SettingError, type CloudSettings, type Environment, type SettingProblem } from "../../settings/settings.ts";
import { settingsTable } from "../../settings/table.ts";
import { hashOf } from "../ledger/keys.ts";
import { parseRunRequest, type FieldProblem } from "../runs/request.ts";

type ScheduleSettings = Pick<CloudSettings, "schedule" | "schedules" | "scheduleEnabled">;

/** The name of the one schedule that `REPRISE_SCHEDULE` makes. */
const SHORT_FORM = "schedule";

/** @throws SettingError naming every wrong field of a request */
export function schedulesOf(settings: ScheduleSettings): readonly Schedule[] {
  const { schedule: cron, schedules, scheduleEnabled } = settings;
  const problems = requestProblems((schedules ?? []).map(({ request }) => request));
  if (problems.length > 0) throw new SettingError(problems);
  const listed =
    schedules?.map((each) => ({ ...each, request: requestOf(each.request).request })) ??
    ([{ name: SHORT_FORM, times: { kind: "cron", cron }, timeZone: "UTC", enabled: true, request: {} }] satisfies Schedule[]);
  return listed.map((each) => ({ ...each, enabled: each.enabled && scheduleEnabled }));
}

/** For `parseSettings`, so that wrong requests are refused together with everything else that is wrong. */
export function scheduleProblems(env: Environment): SettingProblem[] {
  return requestProblems(requestsIn(env[settingsTable.schedules.name] ?? ""));
}

/** By place in the list; undefined where there is none. */
function requestProblems(requests: readonly (Readonly<Record<string, unknown>> | undefined)[]): SettingProblem[] {
  return requests.flatMap((request, index) =>
    requestOf(request ?? {}).problems.map(({ field, found, allowed }) => ({
      name: `${settingsTable.schedules.name}[${index}].request.${field}`,
      found,
      allowed,
    })),
  );
}

function requestOf(body: Readonly<Record<string, unknown>>): { readonly request: RunRequest; readonly problems: readonly FieldProblem[] } {
  const { runId, ...rest } = body;
  const parsed = parseRunRequest(rest);
  const named = runId === undefined ? [] : [{ field: "runId", found: "a run id", allowed: "nothing: it is made of name and due time" }];
  return parsed.ok ? { request: parsed.request, problems: named } : { request: {}, problems: [...named, ...parsed.problems] };
}

/** Room for a name beside the due time (`-20261120t130000`) in a run id of 40 characters. */
const LONGEST_NAME = 24;
const HASH_CHARACTERS = 8;

/**
 * The same for the same name and due time, on every instance and at any time; different otherwise: the due time's form has one place to end, and a name that
 * is shortened carries a hash of all of it.
 */
export function scheduledRunId(name: string, dueMs: number): string {
  const short =
    name.length <= LONGEST_NAME ? name : `${name.slice(0, LONGEST_NAME - HASH_CHARACTERS - 1)}-${hashOf(name).slice(0, HASH_CHARACTERS)}`;
  const due = new Date(dueMs).toISOString().replaceAll(/[-:]/g, "").toLowerCase();
  return `${short}-${due.slice(0, due.slice(13, 15) === "00" ? 13 : 15)}`;
}

/** What the ids of a schedule's runs begin with: its name, shortened where it is long. */
export function scheduleOf(runId: string): string {
  return runId.replace(/-\d{8}t\d{4}(?:\d\d)?$/, "");
}
