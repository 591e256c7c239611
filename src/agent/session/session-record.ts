/**
 * What a session says of itself in the store: its state after each step, written once each. In: states. Out: for whoever comes later, the newest session of
 * a job, and whether it was cut off.
 */
import { z } from "zod";
import { advance } from "../../policy/session/session.ts";
import type { SessionState } from "../../policy/session/state.ts";
import { DamageError } from "../format/damage.ts";
import { places } from "../format/places.ts";
import { thisProcess } from "../repository/process-identity.ts";
import type { Repository } from "../repository/repository.ts";
import { listSteps } from "./session-steps.ts";

export interface RecordedSession {
  readonly state: SessionState;
  /** How many steps are recorded. */
  readonly steps: number;
}

/** Looked at closely enough to be carried on; written by this program, and sealed. */
const sessionState = z.looseObject({
  session: z.string(),
  startedBy: z.enum(["schedule", "missed-at-power-on", "manual", "command"]),
  startedMs: z.number(),
  job: z.looseObject({ name: z.string(), machines: z.array(z.looseObject({ name: z.string() })) }),
  rules: z.looseObject({ retries: z.looseObject({ count: z.int() }), reconnect: z.looseObject({ forMs: z.number() }) }),
  phase: z.looseObject({ kind: z.enum(["running", "closing", "waiting", "ended"]) }),
  retriesUsed: z.int(),
  restarts: z.int(),
  tasks: z.array(z.looseObject({ machine: z.string(), disk: z.string(), status: z.enum(["open", "success", "warning", "failed"]) })),
  remarks: z.array(z.string()),
  log: z.array(z.looseObject({ kind: z.string(), reason: z.string() })),
});

/** So many sessions, of any job, are looked at for the newest of one job. */
const MOST_READ = 100;

/** Undefined when the job has none, or none that can be read. */
export async function newestSession(repository: Repository, jobName: string): Promise<RecordedSession | undefined> {
  for (const [session, steps] of [...(await listSteps(repository))].toReversed().slice(0, MOST_READ)) {
    const last = steps.at(-1) ?? 0;
    const state = await repository.readRecord(places.session(session, last), sessionState).catch((error: unknown) => {
      if (error instanceof DamageError) return undefined;
      throw error;
    });
    if (state?.job.name === jobName) return { state: state as unknown as SessionState, steps: last };
  }
  return undefined;
}

export function hasEnded({ state }: RecordedSession): boolean {
  return state.phase.kind === "ended";
}

/** Says in the record of a session that nobody carries out any more that it was cut off. Its data stays: the next transfer goes on with it. */
export async function recordCutOff(repository: Repository, cut: RecordedSession, atMs: number, by: string): Promise<SessionState> {
  const { state } = advance(cut.state, { kind: "cut-off", atMs, by });
  await repository.createRecord(places.session(state.session, cut.steps + 1), { ...state, process: thisProcess() });
  return state;
}

/** Writes the steps of one session, one after the other. A store that cannot be reached ends no session: the next step that can be written says all. */
export class SessionRecorder {
  readonly #repository: Repository;
  #steps: number;

  constructor(repository: Repository, steps: number) {
    this.#repository = repository;
    this.#steps = steps;
  }

  /** What went wrong, when the step was not written. */
  async record(state: SessionState): Promise<Error | undefined> {
    try {
      await this.#repository.createRecord(places.session(state.session, this.#steps + 1), { ...state, process: thisProcess() });
      this.#steps++;
      return undefined;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }
}
