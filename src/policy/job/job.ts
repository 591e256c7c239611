/**
 * A job of the agent: what is backed up, where to, how, and when. In: a job file or flags, checked before they get here. Out: plain data, which a session's
 * record keeps (`recordedJob`) and a retry compares with the job of its day. It holds no credential: those of a target and passwords travel beside it.
 */
import { jitterOf } from "../backoff.ts";
import type { Schedule } from "../schedule.ts";
import { MINUTE_MS } from "../times.ts";

export interface AgentJob {
  readonly name: string;
  readonly machines: readonly MachineScope[];
  /** A store: the URL of a container or folder of it, or a directory. */
  readonly target: string;
  readonly blockSizeBytes: number;
  readonly compression: Compression;
  readonly encryption: JobEncryption;
  readonly chain: ChainSettings;
  readonly retries: { readonly count: number; readonly waitMs: number };
  /** R1: tries at most `everyMs` apart, for `forMs` from each drop. */
  readonly reconnect: { readonly everyMs: number; readonly forMs: number };
  /** Absent: started by hand or by the cloud only. */
  readonly schedule?: JobSchedule;
  readonly retention: RetentionRules;
  readonly hooks: { readonly before?: Hook; readonly after?: Hook };
  /** Absent: no limit. */
  readonly bandwidthBytesPerSecond?: number;
}

export interface MachineScope {
  readonly name: string;
  readonly disks: readonly DiskScope[];
  readonly folders: readonly FolderScope[];
}

/** Names of disks and folders are unique within their machine: a task is a machine and one of these names. */
export interface DiskScope {
  readonly name: string;
  readonly path: string;
  readonly medium: "image" | "device";
}

export interface FolderScope {
  readonly name: string;
  readonly path: string;
}

export type Compression = { readonly codec: "none" } | { readonly codec: "zstd"; readonly level: number };

/** Where the password is read, never the password. */
export type JobEncryption =
  | { readonly kind: "none" }
  | { readonly kind: "password"; readonly passwordFile?: string; readonly passwordCommand?: readonly string[] };

export type ChainLayout = "per-machine" | "single-file";

export interface ChainSettings {
  readonly layout: ChainLayout;
  /** When a synthetic full is due; absent: never, increments go on for ever. */
  readonly full?: { readonly afterIncrements?: number; readonly everyDays?: number };
}

export type JobSchedule = Pick<Schedule, "times" | "timeZone" | "startDate" | "endDate" | "quietHours"> & {
  /** A run missed while the machine was off is started at power-on (and then not retried, J5). */
  readonly missedAtPowerOn: boolean;
};

/** How many points stay. No rule at all: every point stays. */
export interface RetentionRules {
  readonly keepLast?: number;
  readonly keepDaily?: number;
  readonly keepWeekly?: number;
  readonly keepMonthly?: number;
  readonly keepYearly?: number;
}

/** A program and its arguments, started without a shell, ended after `limitMs`. */
export interface Hook {
  readonly command: readonly string[];
  readonly limitMs: number;
}

/** Of jobs, machines, disks and folders; they stand in records, reports and keys made of them. */
export const JOB_NAME = /^[^\p{Cc}/\\]{1,200}$/u;
export const JOB_NAME_ALLOWED = "1 to 200 characters without /, \\ and control characters";

export type JobSettings = Omit<AgentJob, "name" | "machines" | "target">;

/** What holds where a job says nothing. */
export const JOB_DEFAULTS: JobSettings = {
  blockSizeBytes: 1 << 20,
  compression: { codec: "zstd", level: 1 },
  encryption: { kind: "none" },
  chain: { layout: "per-machine" },
  retries: { count: 3, waitMs: 10 * MINUTE_MS },
  reconnect: { everyMs: 15_000, forMs: 30 * MINUTE_MS },
  retention: {},
  hooks: {},
};

/** The smallest thing that succeeds or fails: one disk or folder of one machine. */
export interface TaskId {
  readonly machine: string;
  readonly disk: string;
}

export function tasksOf(job: Pick<AgentJob, "machines">): TaskId[] {
  return job.machines.flatMap(({ name, disks, folders }) => [...disks, ...folders].map((part) => ({ machine: name, disk: part.name })));
}

export function sameTask(one: TaskId, other: TaskId): boolean {
  return one.machine === other.machine && one.disk === other.disk;
}

/** `disk data of db-1` would be wrong for a folder, so that no word for the kind is in it. */
export function taskWords({ machine, disk }: TaskId): string {
  return `${disk} of ${machine}`;
}

const CHECKSUM = /^#[0-9a-f]{8}$/;

/**
 * The job as records keep it. A record is read by everyone who may read the store, while a command line may hold a password and a URL a signature: commands
 * become checksums, which still show that they changed, and the query of a URL goes. Recorded again it stays the same.
 */
export function recordedJob(job: AgentJob): AgentJob {
  const { before, after } = job.hooks;
  return {
    ...job,
    target: /^https?:/i.test(job.target) ? job.target.replace(/[?#].*$/s, "") : job.target,
    hooks: { ...(before && { before: recordedHook(before) }), ...(after && { after: recordedHook(after) }) },
    encryption:
      job.encryption.kind === "password" && job.encryption.passwordCommand !== undefined
        ? { ...job.encryption, passwordCommand: recordedCommand(job.encryption.passwordCommand) }
        : job.encryption,
  };
}

function recordedHook(hook: Hook): Hook {
  return { ...hook, command: recordedCommand(hook.command) };
}

function recordedCommand(command: readonly string[]): readonly string[] {
  if (command.length === 1 && CHECKSUM.test(command[0] ?? "")) return command;
  return [
    `#${Math.floor(jitterOf(JSON.stringify(command)) * 2 ** 32)
      .toString(16)
      .padStart(8, "0")}`,
  ];
}
