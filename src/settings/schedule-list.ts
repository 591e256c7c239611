/** `REPRISE_SCHEDULES`: a JSON list. In: text. Out: schedules, or every problem with its place in the list. */
import type { QuietHours, Schedule, ScheduleTimes } from "../policy/schedule.ts";
import type { Kind, PlacedProblem } from "./kinds.ts";
import { nearest } from "./nearest.ts";
import { calendarDay, ncrontab, scheduleName, timeOfDay, timeZone } from "./schedule.ts";
import { shownValue } from "./shown.ts";

/** The request is checked by the cloud part, which knows the fields of a run request. */
export type ScheduleSetting = Omit<Schedule, "request"> & { readonly request: Readonly<Record<string, unknown>> };

const MOST_SCHEDULES = 50;
const MOST_DAYS = 366;

export type JsonObject = Readonly<Record<string, unknown>>;
export type Refuse = (place: string, value: unknown, allowed: string) => undefined;

const isObject = (value: unknown): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value);

const LIST = `a JSON list of 1 to ${MOST_SCHEDULES} schedules (for none: REPRISE_SCHEDULE_ENABLED=false)`;

export const scheduleList: Kind<readonly ScheduleSetting[]> = {
  allowed: `${LIST}, each with name, cron or everyDays and at and from, timeZone, startDate, endDate, quietHours, enabled, request`,
  read: (text) => {
    const problems: PlacedProblem[] = [];
    const schedules = readList(text, problems);
    return problems.length === 0 ? schedules : undefined;
  },
  problems: (text) => {
    const problems: PlacedProblem[] = [];
    readList(text, problems);
    return problems;
  },
};

function readList(text: string, problems: PlacedProblem[]): readonly ScheduleSetting[] {
  const refuse: Refuse = (place, value, allowed) => {
    problems.push({ place, found: shownValue(value), allowed });
    return undefined;
  };
  const list = jsonOf(text);
  if (!Array.isArray(list) || list.length === 0 || list.length > MOST_SCHEDULES) {
    const found = !Array.isArray(list) ? shownValue(list ?? text) : `a list of ${list.length}`;
    problems.push({ place: "", found, allowed: LIST });
    return [];
  }
  const schedules: ScheduleSetting[] = [];
  const names = new Set<string>();
  for (const [index, entry] of list.entries()) {
    if (!isObject(entry)) {
      refuse(`[${index}]`, entry, "a JSON object");
      continue;
    }
    const schedule = readSchedule(entry, (place, value, allowed) => refuse(`[${index}]${place}`, value, allowed));
    if (schedule === undefined) continue;
    if (names.has(schedule.name)) refuse(`[${index}].name`, schedule.name, "a name that no other schedule has");
    names.add(schedule.name);
    schedules.push(schedule);
  }
  return schedules;
}

/** The requests in the list, in its order, whatever else is wrong with it. */
export function requestsIn(text: string): readonly (JsonObject | undefined)[] {
  const list = jsonOf(text);
  if (!Array.isArray(list)) return [];
  return list.slice(0, MOST_SCHEDULES).map((entry: unknown) => (isObject(entry) && isObject(entry.request) ? entry.request : undefined));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readSchedule(entry: JsonObject, refuse: Refuse): ScheduleSetting | undefined {
  refuseUnknown(entry, FIELDS, "", refuse);
  const name = required(entry, "name", scheduleName, refuse);
  const when = readWhen(entry, refuse);
  const { enabled = true, request = {} } = entry;
  if (typeof enabled !== "boolean") return refuse(".enabled", enabled, "true or false");
  if (!isObject(request)) return refuse(".request", request, "a JSON object with the fields of a run request");
  return name === undefined || when === undefined ? undefined : { name, ...when, enabled, request };
}

export type When = Pick<Schedule, "times" | "timeZone" | "startDate" | "endDate" | "quietHours">;

/** Fields of a schedule that say when; a job of the agent has the same. */
export const WHEN_FIELDS = ["cron", "everyDays", "at", "from", "timeZone", "startDate", "endDate", "quietHours"];

const FIELDS = ["name", ...WHEN_FIELDS, "enabled", "request"];

export function readWhen(entry: JsonObject, refuse: Refuse): When | undefined {
  const times = readTimes(entry, refuse);
  const zone = entry.timeZone === undefined ? "UTC" : required(entry, "timeZone", timeZone, refuse);
  const startDate = optional(entry, "startDate", calendarDay, refuse);
  const endDate = optional(entry, "endDate", calendarDay, refuse);
  if (startDate !== undefined && endDate !== undefined && endDate <= startDate)
    refuse(".endDate", endDate, `a day after startDate, which is ${startDate}`);
  const quietHours = entry.quietHours === undefined ? undefined : readQuietHours(entry.quietHours, refuse);
  if (times === undefined || zone === undefined) return undefined;
  return {
    times,
    timeZone: zone,
    ...(startDate !== undefined && { startDate }),
    ...(endDate !== undefined && { endDate }),
    ...(quietHours !== undefined && { quietHours }),
  };
}

function readTimes(entry: JsonObject, refuse: Refuse): ScheduleTimes | undefined {
  const { cron, everyDays, at, from } = entry;
  if (cron !== undefined) {
    const others = { everyDays, at, from };
    for (const [field, value] of Object.entries(others)) if (value !== undefined) refuse(`.${field}`, value, "nothing while cron is given");
    const read = required(entry, "cron", ncrontab, refuse);
    return read === undefined ? undefined : { kind: "cron", cron: read };
  }
  if (everyDays === undefined) return refuse(".cron", cron, `${ncrontab.allowed}; or everyDays, at and from in its place`);
  const atMinute = required(entry, "at", timeOfDay, refuse);
  const first = required(entry, "from", calendarDay, refuse);
  if (typeof everyDays !== "number" || !Number.isInteger(everyDays) || everyDays < 1 || everyDays > MOST_DAYS)
    return refuse(".everyDays", everyDays, `a whole number from 1 to ${MOST_DAYS}`);
  return atMinute === undefined || first === undefined ? undefined : { kind: "every-days", days: everyDays, atMinute, from: first };
}

function readQuietHours(value: unknown, refuse: Refuse): QuietHours | undefined {
  if (!isObject(value)) return refuse(".quietHours", value, `an object with from and to, each ${timeOfDay.allowed}`);
  const inside: Refuse = (place, found, allowed) => refuse(`.quietHours${place}`, found, allowed);
  refuseUnknown(value, ["from", "to"], ".quietHours", refuse);
  const fromMinute = required(value, "from", timeOfDay, inside);
  const toMinute = required(value, "to", timeOfDay, inside);
  if (fromMinute === undefined || toMinute === undefined) return undefined;
  return fromMinute === toMinute ? inside(".to", value.to, "another time than from") : { fromMinute, toMinute };
}

/** `place` is that of the object. */
export function refuseUnknown(value: JsonObject, known: readonly string[], place: string, refuse: Refuse): void {
  for (const [key, found] of Object.entries(value).filter(([key]) => !known.includes(key))) {
    const isPlain = /^\w{1,40}$/.test(key);
    refuse(isPlain ? `${place}.${key}` : place, isPlain ? found : key, `only ${known.join(", ")} (nearest: ${nearest(key, known)})`);
  }
}

function required<T>(entry: JsonObject, field: string, kind: Kind<T>, refuse: Refuse): T | undefined {
  const value = entry[field];
  const read = typeof value === "string" ? kind.read(value.trim()) : undefined;
  return read === undefined ? refuse(`.${field}`, value, kind.allowed) : read;
}

function optional<T>(entry: JsonObject, field: string, kind: Kind<T>, refuse: Refuse): T | undefined {
  return entry[field] === undefined ? undefined : required(entry, field, kind, refuse);
}
