import { Cron } from "croner";
import type { Kind } from "./kinds.ts";

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
      return new Cron(spaced, { mode: "6-part", timezone: "UTC", paused: true }).nextRun(ANY_DAY) === null ? undefined : spaced;
    } catch {
      return undefined;
    }
  },
};
