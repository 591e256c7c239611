/**
 * A job file: YAML, or JSON, which YAML includes. In: text, and the folder it was read from. Out: the job, or every problem with its place. It reads no
 * other file: whether sources and target are there is found out when they are used.
 */
import { basename, resolve } from "node:path";
import { parseDocument } from "yaml";
import { JOB_DEFAULTS, type AgentJob, type Hook, type JobEncryption, type JobSchedule, type MachineScope } from "../../policy/job/job.ts";
import { MINUTE_MS } from "../../policy/times.ts";
import { WHEN_FIELDS, readWhen, refuseUnknown, type JsonObject } from "../../settings/schedule-list.ts";
import { shown, shownValue } from "../../settings/shown.ts";
import { readStoreLocation } from "../../settings/store-location.ts";
import { problemsOf, type JobFileProblem } from "./problems.ts";
import { jobFile, type JobFileContent } from "./schema.ts";

/** A job and what stands beside it in its file. */
export interface JobFile {
  readonly job: AgentJob;
  /** Absent: as the store was used so far. */
  readonly encrypt?: boolean;
  readonly stateStore?: string;
}

export type ParsedJobFile =
  | { readonly ok: true; readonly file: JobFile }
  | { readonly ok: false; readonly problems: readonly JobFileProblem[] };

const HOOK_LIMIT_MS = 10 * MINUTE_MS;
const MOST_ALIASES = 100;

export function parseJobFile(text: string, folder: string): ParsedJobFile {
  const document = parseDocument(text, { prettyErrors: true, uniqueKeys: true });
  const syntax = [...document.errors, ...document.warnings];
  if (syntax.length > 0)
    return {
      ok: false,
      problems: syntax.map(({ message, linePos }) => ({
        place: linePos === undefined ? "" : `line ${linePos[0].line}, column ${linePos[0].col}`,
        found: (message.split("\n")[0] ?? message).replace(/ at line \d+, column \d+:?$/, ""),
        allowed: "valid YAML or JSON",
      })),
    };
  let root: unknown;
  try {
    root = document.toJS({ maxAliasCount: MOST_ALIASES });
  } catch (error) {
    return { ok: false, problems: [{ place: "", found: (error as Error).message, allowed: `at most ${MOST_ALIASES} uses of aliases` }] };
  }
  const parsed = jobFile.safeParse(root);
  const problems = parsed.success ? [] : problemsOf(parsed.error.issues, root);
  const rawSchedule = (root as { readonly schedule?: unknown } | null)?.schedule;
  const schedule = readSchedule(rawSchedule, problems);
  if (!parsed.success) return { ok: false, problems };
  const { data } = parsed;
  checkStore("target", data.target, problems);
  if (data.stateStore !== undefined) checkStore("stateStore", data.stateStore, problems);
  const machines = machinesOf(data, folder, problems);
  return problems.length > 0 ? { ok: false, problems } : { ok: true, file: fileOf(data, machines, schedule, folder) };
}

function fileOf(data: JobFileContent, machines: readonly MachineScope[], schedule: JobSchedule | undefined, folder: string): JobFile {
  const { retries, reconnect, chain, encryption, hooks, bandwidth } = data;
  const job: AgentJob = {
    name: data.name,
    machines,
    target: storeFrom(data.target, folder),
    blockSizeBytes: data.blockSize ?? JOB_DEFAULTS.blockSizeBytes,
    compression: data.compression ?? JOB_DEFAULTS.compression,
    encryption: encryption === undefined || encryption === "none" ? { kind: "none" } : passwordOf(encryption, folder),
    chain: { layout: chain?.layout ?? JOB_DEFAULTS.chain.layout, ...(chain?.full !== undefined && { full: defined(chain.full) }) },
    retries: { count: retries?.count ?? JOB_DEFAULTS.retries.count, waitMs: retries?.wait ?? JOB_DEFAULTS.retries.waitMs },
    reconnect: { everyMs: reconnect?.every ?? JOB_DEFAULTS.reconnect.everyMs, forMs: reconnect?.for ?? JOB_DEFAULTS.reconnect.forMs },
    ...(schedule !== undefined && { schedule }),
    retention: defined(data.retention ?? {}),
    hooks: { ...(hooks?.before && { before: hookOf(hooks.before) }), ...(hooks?.after && { after: hookOf(hooks.after) }) },
    ...(bandwidth !== undefined && { bandwidthBytesPerSecond: bandwidth }),
  };
  return {
    job,
    ...(encryption !== undefined && { encrypt: encryption !== "none" }),
    ...(data.stateStore !== undefined && { stateStore: storeFrom(data.stateStore, folder) }),
  };
}

function passwordOf(found: { passwordFile?: string | undefined; passwordCommand?: string[] | undefined }, folder: string): JobEncryption {
  const { passwordFile, passwordCommand } = found;
  return {
    kind: "password",
    ...(passwordFile !== undefined && { passwordFile: resolve(folder, passwordFile) }),
    ...(passwordCommand !== undefined && { passwordCommand }),
  };
}

function hookOf({ command, limit }: { command: string[]; limit?: number | undefined }): Hook {
  return { command, limitMs: limit ?? HOOK_LIMIT_MS };
}

function storeFrom(text: string, folder: string): string {
  return /^[a-z][a-z0-9+.-]+:/i.test(text) ? text : resolve(folder, text);
}

function checkStore(field: string, text: string, problems: JobFileProblem[]): void {
  try {
    readStoreLocation(field, text);
  } catch (error) {
    const [, found = shown(text), allowed = "a store"] = /found (.*); allowed: (.*)\.$/s.exec((error as Error).message) ?? [];
    problems.push({ place: field, found, allowed });
  }
}

/** A name that the file does not give is the last part of the path. */
function machinesOf(data: JobFileContent, folder: string, problems: JobFileProblem[]): readonly MachineScope[] {
  const machineNames = new Set<string>();
  return data.machines.map((machine, index) => {
    const place = `machines[${index}]`;
    refuseTaken(`${place}.name`, machine.name, machineNames, "a name that no other machine of the job has", problems);
    const taken = new Set<string>();
    const part = (at: string, found: { name?: string | undefined; path: string }): { name: string; path: string } => {
      const path = resolve(folder, found.path);
      const name = found.name ?? (basename(path) || "root");
      refuseTaken(`${at}.name`, name, taken, "a name that no other disk or folder of the machine has", problems);
      return { name, path };
    };
    return {
      name: machine.name,
      disks: (machine.disks ?? []).map((disk, number) => {
        const named = part(`${place}.disks[${number}]`, disk);
        return { ...named, medium: disk.medium ?? (/^(\/dev\/|\\\\\.\\)/.test(disk.path) ? "device" : "image") };
      }),
      folders: (machine.folders ?? []).map((each, number) => part(`${place}.folders[${number}]`, each)),
    };
  });
}

function refuseTaken(place: string, name: string, taken: Set<string>, allowed: string, problems: JobFileProblem[]): void {
  if (taken.has(name)) problems.push({ place, found: shown(name), allowed });
  taken.add(name);
}

function readSchedule(found: unknown, problems: JobFileProblem[]): JobSchedule | undefined {
  if (typeof found !== "object" || found === null || Array.isArray(found)) return undefined;
  const entry = found as JsonObject;
  const refuse = (place: string, value: unknown, allowed: string): undefined => {
    problems.push({ place: `schedule${place}`, found: shownValue(value), allowed });
    return undefined;
  };
  refuseUnknown(entry, [...WHEN_FIELDS, "missedAtPowerOn"], "", refuse);
  const when = readWhen(entry, refuse);
  const { missedAtPowerOn = false } = entry;
  if (typeof missedAtPowerOn !== "boolean") return refuse(".missedAtPowerOn", missedAtPowerOn, "true or false");
  return when === undefined ? undefined : { ...when, missedAtPowerOn };
}

type Defined<T> = { [Key in keyof T]: Exclude<T[Key], undefined> };

/** Without the fields that are not set. */
function defined<T extends object>(found: T): Defined<T> {
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined)) as Defined<T>;
}
