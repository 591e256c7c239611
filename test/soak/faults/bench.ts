/**
 * One fault after the other befalls sessions of the real command line; this is what all of them need. In: a folder to work in, a line to an Azurite or a
 * directory. Out: sources and job files, what commands say, and what stands in a store, as the command line itself shows it.
 */
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { jsonLines, runCommand, startCommand, type CommandOptions, type Finished } from "../../support/command-line.ts";
import { sha256 } from "../blocks/sources.ts";

const MIB = 1024 * 1024;

/** How one fault ended; a row of the table. */
export interface FaultRow {
  readonly fault: string;
  /** How the sessions ended, in a few words. */
  readonly ended: string;
  readonly retries: number;
  readonly points: number;
  /** Not sent again by the run that succeeded after another had failed. */
  readonly blocksResumed: number;
  /** Everything that should not be. */
  readonly wrong: readonly string[];
}

export interface TaskSummary {
  readonly disk: string;
  readonly result: string;
  readonly blocksSent: number;
  readonly blocksResumed: number;
  readonly remarks: readonly string[];
  readonly error?: string;
}

export interface Told {
  readonly code: number | null;
  readonly result: string;
  readonly session: string;
  readonly retries: number;
  readonly reason: string;
  readonly tasks: readonly TaskSummary[];
  readonly notes: readonly string[];
  readonly words: string;
}

export interface Store {
  /** For `--to` and `--from`. */
  readonly place: string;
  readonly settings: Readonly<Record<string, string>>;
}

export class FaultBench {
  readonly folder: string;
  #number = 0;

  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  /** A name of its own, fit for a container. */
  name(what: string): string {
    return `${what.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}-${++this.#number}`;
  }

  image(name: string, sizeMib: number): string {
    const path = join(this.folder, `${name}.img`);
    writeFileSync(path, randomBytes(sizeMib * MIB));
    return path;
  }

  job(name: string, store: Store, source: { readonly disk?: string; readonly folder?: string }, more: object = {}): string {
    const path = join(this.folder, `${name}.json`);
    const machine = {
      name: "m1",
      ...(source.disk !== undefined && { disks: [{ name: "disk", path: source.disk }] }),
      ...(source.folder !== undefined && { folders: [{ name: "files", path: source.folder }] }),
    };
    writeFileSync(path, JSON.stringify({ name, target: store.place, machines: [machine], ...more }));
    return path;
  }

  /** As a schedule starts it, so that it has the retries of its job. */
  start(job: string, { settings }: Store, options: CommandOptions = {}) {
    return startCommand(["backup", "--job", job, "--started-by", "schedule", "--json"], { settings, ...options });
  }

  async backup(job: string, store: Store, options: CommandOptions = {}): Promise<Told> {
    return told(await this.start(job, store, options).ended);
  }

  async points(
    { place, settings }: Store,
    options: CommandOptions = {},
  ): Promise<readonly { readonly id: string; readonly disk: string }[]> {
    const listed = await runCommand(["points", "--from", place, "--json"], { settings, ...options });
    return (jsonLines(listed).at(-1)?.["points"] ?? []) as { id: string; disk: string }[];
  }

  /** What the session recorded of itself. */
  async log({ session }: Told, { place, settings }: Store): Promise<string> {
    return (await runCommand(["sessions", "show", session, "--from", place], { settings })).stdout;
  }

  /** What the newest point of the disk holds. */
  async restored({ place, settings }: Store, options: CommandOptions = {}): Promise<Buffer> {
    const to = join(this.folder, this.name("restored"));
    const finished = await runCommand(["restore", "--from", place, "--disk", "disk", "--to", to], { settings, ...options });
    if (finished.code !== 0) throw new Error(`the restore ended with ${finished.code}: ${finished.stderr}`);
    const bytes = readFileSync(to);
    rmSync(to);
    return bytes;
  }

  /** A job whose sessions have run: one point of the disk, as the disk is now. */
  async wrongWith(store: Store, disk: string, points = 1, options: CommandOptions = {}): Promise<string[]> {
    const listed = await this.points(store, options);
    const equal = sha256(await this.restored(store, options)) === sha256(readFileSync(disk));
    return [...(listed.length === points ? [] : [`${listed.length} points`]), ...(equal ? [] : ["restored wrongly"])];
  }
}

export function told(finished: Finished): Told {
  const lines = jsonLines(finished);
  const words = `${finished.stdout}${finished.stderr}`;
  const { result = "none", session = "", retries = 0, reason = "", tasks = [] } = (lines.at(-1) ?? {}) as Partial<Told>;
  const notes = lines.flatMap(({ text }) => (typeof text === "string" ? [text] : []));
  return { code: finished.code, result, session, retries, reason, tasks, notes, words };
}

/** `condition` is expected; else `what`, with everything that was said. */
export function unless(condition: boolean, what: string, { words }: Pick<Told, "words">): readonly string[] {
  return condition ? [] : [`${what}: ${words}`];
}

export function blocksResumed({ tasks }: Told): number {
  return tasks.reduce((sum, task) => sum + task.blocksResumed, 0);
}
