/** Flags of every command that opens a store of the agent part, and the opening. In: flags and the environment. Out: a repository whose connection comes back. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Command } from "commander";
import type { Repository } from "../../agent/repository/repository.ts";
import type { BlockStore } from "../../store/blocks/block-store.ts";
import type { ConnectionEvents } from "../../store/blocks/link.ts";
import type { JobEncryption } from "../../policy/job/job.ts";
import { EXIT, UsageError, type Terminal } from "../terminal.ts";

export interface StoreFlags {
  readonly passwordFile?: string;
  readonly passwordCommand?: string;
  readonly stateStore?: string;
}

export function addStoreFlags(command: Command): Command {
  return command
    .option("--password-file <file>", "the password of an encrypted store is the first line of this file (or REPRISE_PASSWORD_FILE)")
    .option("--password-command <command>", "… or the first line that this command prints (or REPRISE_PASSWORD_COMMAND)")
    .option("--state-store <store>", "where locks and drafts are kept, for a store whose container is immutable");
}

export interface OpenStore {
  readonly repository: Repository;
  /** How often the connection was lost so far. */
  readonly drops: () => number;
}

export interface OpenStoreOptions {
  /** The flag that names the store. */
  readonly flag: "--to" | "--from";
  readonly create: boolean;
  /** The command looks at locks and drafts. Default: as `create`. */
  readonly usesState?: boolean;
  readonly encrypt?: boolean | undefined;
  readonly events?: ConnectionEvents;
  readonly reconnect?: { readonly everyMs: number; readonly forMs: number };
  readonly bytesPerSecond?: number | undefined;
  /** Of a job: where its password is read unless a flag says otherwise. */
  readonly encryption?: JobEncryption | undefined;
}

export async function openStore(text: string, flags: StoreFlags, terminal: Terminal, options: OpenStoreOptions): Promise<OpenStore> {
  let drops = 0;
  const events: ConnectionEvents = {
    ...options.events,
    onDrop: (drop) => {
      drops++;
      options.events?.onDrop?.(drop);
    },
  };
  const store = await openPlainStore(text, terminal, { ...options, events });
  const state =
    flags.stateStore === undefined ? undefined : await connect(flags.stateStore, "--state-store", terminal, { ...options, events });
  const { openRepository } = await import("../../agent/repository/repository.ts");
  const repository = await openRepository(store, {
    ...(state !== undefined && { state }),
    create: options.create,
    ...(options.usesState !== undefined && { usesState: options.usesState }),
    ...(options.encrypt !== undefined && { encrypt: options.encrypt }),
    password: () => readPassword(flags, terminal, "--password-file", options.encryption),
    now: () => new Date().toISOString(),
  });
  return { repository, drops: () => drops };
}

/** Without asking for a password. @throws UsageError when there is no such container or directory, and none is to be made */
export async function openPlainStore(text: string, terminal: Terminal, options: OpenStoreOptions): Promise<BlockStore> {
  const store = await connect(text, options.flag, terminal, options);
  if (!options.create && !(await store.exists()))
    throw new UsageError(
      `${options.flag}: found ${shown(text)}, where there is no store; allowed: a store that a backup made.`,
      EXIT.notFound,
    );
  return store;
}

async function connect(place: string, flag: string, terminal: Terminal, options: OpenStoreOptions): Promise<BlockStore> {
  const [{ openBlockStore }, { reconnecting }, { throttling }] = await Promise.all([
    import("../../store/blocks/open-block-store.ts"),
    import("../../store/blocks/reconnecting.ts"),
    import("../../store/blocks/throttling.ts"),
  ]);
  const { everyMs, forMs } = options.reconnect ?? {};
  const rules = { ...(everyMs !== undefined && { longestGapMs: everyMs }), ...(forMs !== undefined && { patienceMs: forMs }) };
  const opened = await openBlockStore(flag, place, { environment: terminal.environment });
  const store = reconnecting(opened, { rules, ...(options.events && { events: options.events }) });
  return options.bytesPerSecond === undefined ? store : throttling(store, options.bytesPerSecond);
}

/** @throws UsageError when it was not given */
export function fromFlag({ from }: { readonly from?: string }): string {
  if (from === undefined || from === "") throw new UsageError("--from: found nothing; allowed: the URL of a store, or a directory.");
  return from;
}

/** A signature in a URL is a secret. */
export function shown(store: string): string {
  return JSON.stringify(store.replace(/\?.*$/s, "?…"));
}

/** A flag, then the job, then the environment. */
export async function readPassword(
  flags: StoreFlags,
  { environment }: Terminal,
  fileFlag = "--password-file",
  job?: JobEncryption,
): Promise<string | undefined> {
  const file = flags.passwordFile ?? environment.REPRISE_PASSWORD_FILE;
  const command = flags.passwordCommand ?? environment.REPRISE_PASSWORD_COMMAND;
  if (job?.kind === "password" && flags.passwordFile === undefined && flags.passwordCommand === undefined) {
    if (job.passwordFile !== undefined) return passwordIn(job.passwordFile, "encryption.passwordFile");
    if (job.passwordCommand !== undefined) return passwordFrom(job.passwordCommand, "encryption.passwordCommand");
  }
  if (flags.passwordFile !== undefined && flags.passwordCommand !== undefined)
    throw new UsageError("--password-file: found together with --password-command; allowed: one of them.");
  if (file !== undefined && file !== "" && flags.passwordCommand === undefined) return passwordIn(file, fileFlag);
  if (command !== undefined && command !== "") return passwordFrom(command);
  return undefined;
}

function passwordIn(file: string, field: string): string {
  try {
    return firstLine(readFileSync(file, "utf8"));
  } catch (error) {
    throw new UsageError(`${field}: found ${JSON.stringify(file)}; allowed: a file that can be read (${(error as Error).message}).`);
  }
}

/** A text goes to the shell, as it was typed there; a list does not. */
function passwordFrom(command: string | readonly string[], field = "--password-command"): string {
  const [program = "", ...args] = typeof command === "string" ? [command] : command;
  const { status, stdout, error } = spawnSync(program, args, {
    shell: typeof command === "string",
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    timeout: 60_000,
  });
  if (error !== undefined || status !== 0)
    throw new UsageError(
      `${field}: the command ended with ${error?.message ?? `exit code ${status}`}; allowed: one that prints the password.`,
    );
  return firstLine(stdout);
}

function firstLine(text: string): string {
  const [line = ""] = text.split(/\r?\n/);
  if (line === "") throw new UsageError("The password is empty: its first line holds nothing.");
  return line;
}
