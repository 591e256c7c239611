/** Flags of every command that opens a store of the agent part, and the opening. In: flags and the environment. Out: a repository whose connection comes back. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Command } from "commander";
import type { Repository } from "../../agent/repository/repository.ts";
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
  readonly encrypt?: boolean | undefined;
  readonly events?: ConnectionEvents;
  readonly reconnect?: { readonly everyMs: number; readonly forMs: number };
  readonly bytesPerSecond?: number | undefined;
  /** Of a job: where its password is read unless a flag says otherwise. */
  readonly encryption?: JobEncryption | undefined;
}

export async function openStore(text: string, flags: StoreFlags, terminal: Terminal, options: OpenStoreOptions): Promise<OpenStore> {
  const [{ openBlockStore }, { reconnecting }, { throttling }, { openRepository }] = await Promise.all([
    import("../../store/blocks/open-block-store.ts"),
    import("../../store/blocks/reconnecting.ts"),
    import("../../store/blocks/throttling.ts"),
    import("../../agent/repository/repository.ts"),
  ]);
  let drops = 0;
  const events: ConnectionEvents = {
    ...options.events,
    onDrop: (drop) => {
      drops++;
      options.events?.onDrop?.(drop);
    },
  };
  const { everyMs, forMs } = options.reconnect ?? {};
  const rules = { ...(everyMs !== undefined && { longestGapMs: everyMs }), ...(forMs !== undefined && { patienceMs: forMs }) };
  const { environment } = terminal;
  const open = async (place: string, flag: string) => reconnecting(await openBlockStore(flag, place, { environment }), { events, rules });
  const store = await open(text, options.flag);
  const state = flags.stateStore === undefined ? undefined : await open(flags.stateStore, "--state-store");
  if (!options.create && !(await store.exists()))
    throw new UsageError(
      `${options.flag}: found ${shown(text)}, where there is no store; allowed: a store that a backup made.`,
      EXIT.notFound,
    );
  const limited = options.bytesPerSecond === undefined ? store : throttling(store, options.bytesPerSecond);
  const repository = await openRepository(limited, {
    ...(state !== undefined && { state }),
    create: options.create,
    ...(options.encrypt !== undefined && { encrypt: options.encrypt }),
    password: () => readPassword(flags, terminal, options.encryption),
    now: () => new Date().toISOString(),
  });
  return { repository, drops: () => drops };
}

/** A signature in a URL is a secret. */
export function shown(store: string): string {
  return JSON.stringify(store.replace(/\?.*$/s, "?…"));
}

/** A flag, then the job, then the environment. */
export async function readPassword(flags: StoreFlags, { environment }: Terminal, job?: JobEncryption): Promise<string | undefined> {
  const file = flags.passwordFile ?? environment.REPRISE_PASSWORD_FILE;
  const command = flags.passwordCommand ?? environment.REPRISE_PASSWORD_COMMAND;
  if (job?.kind === "password" && flags.passwordFile === undefined && flags.passwordCommand === undefined) {
    if (job.passwordFile !== undefined) return passwordIn(job.passwordFile, "encryption.passwordFile");
    if (job.passwordCommand !== undefined) return passwordFrom(job.passwordCommand, "encryption.passwordCommand");
  }
  if (flags.passwordFile !== undefined && flags.passwordCommand !== undefined)
    throw new UsageError("--password-file: found together with --password-command; allowed: one of them.");
  if (file !== undefined && file !== "" && flags.passwordCommand === undefined) return passwordIn(file);
  if (command !== undefined && command !== "") return passwordFrom(command);
  return undefined;
}

function passwordIn(file: string, field = "--password-file"): string {
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
