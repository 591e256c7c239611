/** What the agent says of a job in the store, for `agent status` and for the agent that follows: `state/agents/JOB.json`. Its holder alone writes it. */
import { hostname } from "node:os";
import { z } from "zod";
import { DamageError } from "../format/damage.ts";
import { opaqueName } from "../format/data-key.ts";
import { places } from "../format/places.ts";
import type { Repository } from "../repository/repository.ts";

const text = z.string().max(8_192);

const agentRecord = z.object({
  format: z.literal(1),
  job: text,
  /** Who wrote it last. */
  host: text,
  pid: z.int(),
  startedAt: z.iso.datetime(),
  writtenAt: z.iso.datetime(),
  /** Due times up to here are dealt with, in milliseconds since the epoch. */
  markMs: z.number().optional(),
  nextAt: z.iso.datetime().optional(),
  running: z.object({ session: text, startedBy: text, since: z.iso.datetime() }).optional(),
  last: z.object({ session: text, startedBy: text, endedAt: z.iso.datetime(), result: text, reason: text }).optional(),
  /** Why the job cannot run, or did not. */
  problem: text.optional(),
});
export type AgentRecord = z.infer<typeof agentRecord>;
export type AgentFacts = Partial<Omit<AgentRecord, "format" | "job" | "host" | "pid" | "startedAt" | "writtenAt">>;

/** No name of a job holds a zero byte. */
export function agentLockName(repository: Repository, job: string): string {
  return opaqueName(repository.key, "job", `agent\0${job}`);
}

function placeOf(repository: Repository, job: string): string {
  return places.agent(opaqueName(repository.key, "job", job));
}

export async function readAgentRecord(repository: Repository, job: string): Promise<AgentRecord | undefined> {
  return (await repository.readState(placeOf(repository, job), agentRecord))?.value;
}

/** Of all jobs in the store; what cannot be read is left out. */
export async function readAgentRecords(repository: Repository): Promise<readonly AgentRecord[]> {
  const records: AgentRecord[] = [];
  for await (const place of repository.state.list(places.agents)) {
    const found = await repository.readState(place, agentRecord).catch((error: unknown) => {
      if (error instanceof DamageError) return undefined;
      throw error;
    });
    if (found !== undefined) records.push(found.value);
  }
  return records.sort((one, other) => (one.job < other.job ? -1 : 1));
}

/** Keeps the record of one job, from the agent's start on. A field set to undefined goes. */
export class AgentRecordKeeper {
  readonly #repository: Repository;
  readonly #now: () => number;
  #record: AgentRecord;

  private constructor(repository: Repository, now: () => number, record: AgentRecord) {
    this.#repository = repository;
    this.#now = now;
    this.#record = record;
  }

  static async open(repository: Repository, job: string, now: () => number): Promise<AgentRecordKeeper> {
    const before = await readAgentRecord(repository, job).catch((error: unknown) => {
      if (error instanceof DamageError) return undefined;
      throw error;
    });
    const at = new Date(now()).toISOString();
    const who = { format: 1 as const, job, host: hostname(), pid: process.pid, startedAt: at, writtenAt: at };
    return new AgentRecordKeeper(repository, now, { ...before, ...who });
  }

  get record(): AgentRecord {
    return this.#record;
  }

  async set(facts: { readonly [Key in keyof AgentFacts]: AgentFacts[Key] | undefined }): Promise<void> {
    const next = { ...this.#record, ...facts, writtenAt: new Date(this.#now()).toISOString() };
    // As it will be read: without what is undefined.
    this.#record = agentRecord.parse(JSON.parse(JSON.stringify(next)));
    const place = placeOf(this.#repository, this.#record.job);
    for (let tries = 0; tries < 5; tries++) {
      const version = (await this.#repository.state.get(place))?.version;
      if (await this.#repository.replaceState(place, this.#record, version)) return;
    }
  }
}
