/** Single values of Resource Graph rows and vault answers, as loosely as the services write them. */
import { z } from "zod";

const scalar = z.union([z.string(), z.number(), z.boolean()]).nullish();

/** Text, or undefined when missing or empty. */
export const optionalText = scalar.transform((value) =>
  value === null || value === undefined || value === "" ? undefined : String(value),
);

/** `true`, `"True"`, `1`; anything else is false. */
export const flag = scalar.transform((value) => value === true || value === 1 || String(value).toLowerCase() === "true" || value === "1");

/** Milliseconds since the epoch, or undefined when missing; anything but a time is an issue. */
export const optionalMoment = z
  .union([z.string(), z.date()])
  .nullish()
  .transform((value, context) => {
    if (value === null || value === undefined || value === "") return undefined;
    const epochMs = value instanceof Date ? value.getTime() : parseTime(value);
    if (!Number.isFinite(epochMs))
      context.issues.push({ code: "custom", input: value, message: `expected an ISO 8601 time, found ${JSON.stringify(value)}` });
    return epochMs;
  });

/** Fractions may have seven decimals; a time without an offset is UTC. NaN when it is none. */
function parseTime(text: string): number {
  return Date.parse(/(?:[zZ]|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`);
}

const ISO_DURATION = /^P(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$/i;
const CLOCK_DURATION = /^(?:(\d+)\.)?(\d{1,2}):(\d\d):(\d\d(?:\.\d+)?)$/;

/** Both published forms, `PT9.8782791S` and `1.00:20:23.0896697`, as milliseconds. */
export function parseDurationMs(text: string): number | undefined {
  const match = ISO_DURATION.exec(text) ?? CLOCK_DURATION.exec(text);
  const parts = match?.slice(1);
  if (parts === undefined || parts.every((part) => part === undefined)) return undefined;
  const [days = "0", hours = "0", minutes = "0", seconds = "0"] = parts;
  return Math.round((((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000);
}
