/** What changed in a job, in words (J14). In: the job as a session's record keeps it, and the job now. Out: one sentence per change, none when nothing did. */
import { recordedJob, type AgentJob, type Hook, type JobSchedule } from "./job.ts";
import { scopeChanges } from "./scope-changes.ts";
import { compressionWords, durationWords, fullWords, retentionWords, scheduleWords, sizeWords } from "./words.ts";

type Describer<Key extends keyof AgentJob> = (before: AgentJob[Key], now: AgentJob[Key]) => readonly string[];

/** One per field: a field added to the job without a line here does not compile. */
const FIELDS: { readonly [Key in keyof Required<AgentJob>]: Describer<Key> } = {
  name: (before, now) => changed("The job's name", before, now),
  machines: scopeChanges,
  target: (before, now) => changed("The target", before, now),
  blockSizeBytes: (before, now) => changed("The block size", sizeWords(before), sizeWords(now)),
  compression: (before, now) => changed("Compression", compressionWords(before), compressionWords(now)),
  encryption: (before, now) => [
    ...changed("Encryption", before.kind === "none" ? "off" : "on", now.kind === "none" ? "off" : "on"),
    ...(before.kind === "password" && now.kind === "password" && !same(before, now) ? ["The password is read from another place."] : []),
  ],
  chain: (before, now) => [
    ...changed("The layout of the chain", before.layout, now.layout),
    ...changed("A synthetic full", fullWords(before.full), fullWords(now.full)),
  ],
  retries: (before, now) => [
    ...changed("The number of retries", String(before.count), String(now.count)),
    ...changed("The wait before a retry", durationWords(before.waitMs), durationWords(now.waitMs)),
  ],
  reconnect: (before, now) => [
    ...changed("The time between tries to reconnect", durationWords(before.everyMs), durationWords(now.everyMs)),
    ...changed("The time for reconnecting", durationWords(before.forMs), durationWords(now.forMs)),
  ],
  schedule: scheduleChanges,
  retention: (before, now) => changed("Retention", retentionWords(before), retentionWords(now)),
  hooks: (before, now) => [
    ...hookChanges("before the backup", before.before, now.before),
    ...hookChanges("after the backup", before.after, now.after),
  ],
  bandwidthBytesPerSecond: (before, now) => changed("The bandwidth limit", bandwidthWords(before), bandwidthWords(now)),
};

const DESCRIBERS = Object.entries(FIELDS) as [keyof AgentJob, (before: unknown, now: unknown) => readonly string[]][];

/** Either job may be the recorded one or the one as it was read: a command is only said to be another, never shown. */
export function describeChanges(before: AgentJob, now: AgentJob): string[] {
  const [old, fresh] = [recordedJob(before), recordedJob(now)];
  return DESCRIBERS.flatMap(([key, describe]) => describe(old[key], fresh[key]));
}

function changed(what: string, before: string, now: string): string[] {
  return before === now ? [] : [`${what} is ${now} instead of ${before}.`];
}

function scheduleChanges(before: JobSchedule | undefined, now: JobSchedule | undefined): string[] {
  return same(before, now) ? [] : [`The schedule is ${scheduleWords(now)} instead of ${scheduleWords(before)}.`];
}

function hookChanges(when: string, before: Hook | undefined, now: Hook | undefined): string[] {
  if (before === undefined && now === undefined) return [];
  if (before === undefined) return [`A command ${when} is new.`];
  if (now === undefined) return [`The command ${when} is gone.`];
  return [
    ...(same(before.command, now.command) ? [] : [`The command ${when} is another.`]),
    ...changed(`The time limit of the command ${when}`, durationWords(before.limitMs), durationWords(now.limitMs)),
  ];
}

function bandwidthWords(bytesPerSecond: number | undefined): string {
  return bytesPerSecond === undefined ? "off" : `${sizeWords(bytesPerSecond)} a second`;
}

/** Equal as plain data, whatever the order of fields and whether an absent one is left out or undefined. */
function same(one: unknown, other: unknown): boolean {
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return one === other;
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...keys].every((key) => same((one as Record<string, unknown>)[key], (other as Record<string, unknown>)[key]));
}
