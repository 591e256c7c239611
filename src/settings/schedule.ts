/** The kinds of values that schedules are made of. */
import { Cron } from "croner";
import { matching, type Kind } from "./kinds.ts";

/** Croner knows more (`L`, `W`, `#`, `?`, years); settings keep to what the Functions host's NCRONTAB means too. */
const FIELD = String.raw`[0-9A-Za-z*,/-]+`;
const NCRONTAB = new RegExp(String.raw`^${FIELD}( +${FIELD}){5}$`);
const ANY_DAY = new Date(Date.UTC(2026, 0, 1));

export const ncrontab: Kind<string> = {
  allowed: "six NCRONTAB fields (second minute hour day month weekday; numbers, names, * , - /) that come up at all",
  read: (text) => {
    const spaced = text.replace(/\s+/g, " ");
    if (!NCRONTAB.test(spaced) || /[LW#?]/.test(spaced.replace(/[A-Za-z]{3}/g, ""))) return undefined;
    try {
      const cron = new Cron(spaced, { mode: "6-part", timezone: "UTC", domAndDow: true, paused: true });
      return cron.nextRun(ANY_DAY) === null ? undefined : spaced;
    } catch {
      return undefined;
    }
  },
};

export const scheduleName = matching(
  /^[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?$/,
  "1 to 60 of a-z, 0-9 and -, with a letter or digit at both ends",
);

/** Offsets are no zones: they know no summer time. */
export const timeZone: Kind<string> = {
  allowed: "the name of an IANA time zone, like Europe/Berlin or UTC",
  read: (text) => {
    if (!/^[A-Za-z][A-Za-z0-9_+/-]{1,63}$/.test(text)) return undefined;
    try {
      return new Intl.DateTimeFormat("en-US", { timeZone: text }).resolvedOptions().timeZone;
    } catch {
      return undefined;
    }
  },
};

/** `YYYY-MM-DD`, a day that exists. */
export const calendarDay: Kind<string> = {
  allowed: "a day like 2026-12-31",
  read: (text) => {
    const ms = /^[12]\d{3}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
    return Number.isFinite(ms) && new Date(ms).toISOString().startsWith(text) ? text : undefined;
  },
};

/** `HH:MM`, as the minute of the day. */
export const timeOfDay: Kind<number> = {
  allowed: "a time of day from 00:00 to 23:59",
  read: (text) => {
    const parts = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text);
    return parts === null ? undefined : Number(parts[1]) * 60 + Number(parts[2]);
  },
};
