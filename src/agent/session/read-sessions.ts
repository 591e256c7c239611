/**
 * What sessions say of themselves. In: the records under `sessions/`, each step of which holds the whole state. Out: the newest state of each session, and how
 * it stands: ended, under way, or cut off because its process died.
 */
import { z } from "zod";
import { places } from "../format/places.ts";
import { DamageError } from "../format/damage.ts";
import { forEachKey } from "../repository/catalog.ts";
import { isDead, isOnThisMachine, processRecord } from "../repository/process-identity.ts";
import type { Repository } from "../repository/repository.ts";
import { listSteps } from "./session-steps.ts";

const result = z.enum(["success", "warning", "failed"]);
const task = z.object({ machine: z.string(), disk: z.string() });

/** What is read of a `SessionState`; the rest is left as it is. */
const sessionStep = z.looseObject({
  session: z.string(),
  startedBy: z.string(),
  startedMs: z.number(),
  job: z.looseObject({ name: z.string() }),
  phase: z.discriminatedUnion("kind", [
    z.looseObject({ kind: z.literal("running") }),
    z.looseObject({ kind: z.literal("closing") }),
    z.looseObject({ kind: z.literal("waiting"), dueMs: z.number() }),
    z.looseObject({ kind: z.literal("ended"), atMs: z.number(), result, stoppedByHand: z.boolean() }),
  ]),
  retriesUsed: z.int(),
  tasks: z.array(
    task.extend({
      status: z.enum(["open", "success", "warning", "failed"]),
      runs: z.int(),
      remarks: z.array(z.string()),
      fault: z.object({ code: z.string(), message: z.string() }).optional(),
    }),
  ),
  remarks: z.array(z.string()),
  log: z.array(
    z.object({
      atMs: z.number(),
      lastMs: z.number(),
      times: z.int(),
      retry: z.int(),
      kind: z.string(),
      reason: z.string(),
      task: task.optional(),
    }),
  ),
  process: processRecord.optional(),
});
export type SessionRecord = z.infer<typeof sessionStep>;

export type SessionStanding =
  | z.infer<typeof result>
  | "running"
  | "waiting"
  /** Its process died. */
  | "cut off"
  /** It has not ended, and its process is on another machine: it may be under way or cut off. */
  | "not ended";

export interface ReadSession {
  readonly id: string;
  /** Undefined when no step of it can be read. */
  readonly state: SessionRecord | undefined;
  readonly standing: SessionStanding;
  readonly problem?: string;
}

/** Newest first. */
export async function readSessions(repository: Repository): Promise<readonly ReadSession[]> {
  const steps = await listSteps(repository);
  const sessions: ReadSession[] = [];
  await forEachKey(asyncKeys(steps.keys()), async (id) => {
    sessions.push(await readNewest(repository, id, steps.get(id) ?? []));
  });
  return sessions.toSorted((a, b) => (a.id < b.id ? 1 : -1));
}

/** Undefined when there is none of this id. */
export async function readSession(repository: Repository, id: string): Promise<ReadSession | undefined> {
  const own = (await listSteps(repository, id)).get(id);
  return own === undefined ? undefined : readNewest(repository, id, own);
}

/** The newest step that can be read: one that is damaged hides only itself. */
async function readNewest(repository: Repository, id: string, steps: readonly number[]): Promise<ReadSession> {
  let problem: string | undefined;
  for (const step of steps.toReversed()) {
    try {
      const state = await repository.readRecord(places.session(id, step), sessionStep);
      if (state !== undefined) return { id, state, standing: standingOf(state), ...(problem !== undefined && { problem }) };
    } catch (error) {
      if (!(error instanceof DamageError)) throw error;
      problem ??= error.message;
    }
  }
  return { id, state: undefined, standing: "not ended", ...(problem !== undefined && { problem }) };
}

function standingOf({ phase, process }: SessionRecord): SessionStanding {
  if (phase.kind === "ended") return phase.result;
  if (process === undefined) return "not ended";
  if (isDead(process)) return "cut off";
  if (!isOnThisMachine(process)) return "not ended";
  return phase.kind === "waiting" ? "waiting" : "running";
}

async function* asyncKeys(keys: Iterable<string>): AsyncGenerator<string> {
  yield* keys;
}
