/**
 * A session: carries out what `policy/session` decides, and tells it what happened. In: a job, an opened store, how it was started. Out: the outcome, and a
 * record in the store for every step of the way, so that anybody can read what happened to a session that was cut off. One session of a job at a time.
 */
import { randomBytes } from "node:crypto";
import { opaqueName } from "../format/data-key.ts";
import { lockMachine } from "../repository/machine-lock.ts";
import type { Repository } from "../repository/repository.ts";
import type { SessionOptions, SessionOutcome } from "./session-options.ts";
import { hasEnded, newestSession, recordCutOff } from "./session-record.ts";
import { SessionRun } from "./session-run.ts";

/** Sorts by time, to the millisecond (the first three digits behind the second), and nobody else has it. */
export function newSessionId(epochMs: number): string {
  const milliseconds = (((epochMs % 1_000) + 1_000) % 1_000).toString(16).padStart(3, "0");
  const chance = randomBytes(3).toString("hex").slice(1);
  return `${new Date(epochMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z-${milliseconds}${chance}`;
}

/** @throws StoreLockedError while another session of the job is under way, LockLostError when another process took the job over */
export async function runSession(options: SessionOptions): Promise<SessionOutcome> {
  const { repository, job, clock, steady } = options;
  options.stop.throwIfAborted();
  const session = newSessionId(clock.now());
  const lock = await lockMachine(repository, jobLockName(repository, job.name), `session ${session} of job ${job.name}`, steady);
  try {
    const before = await newestSession(repository, job.name);
    const cut = before === undefined || hasEnded(before) ? undefined : before;
    const resumed = cut !== undefined && options.resume?.(cut) === true ? cut : undefined;
    if (cut !== undefined && resumed === undefined) {
      await recordCutOff(repository, cut, clock.now(), session);
      options.onEvent({ kind: "cut-off", session: cut.state.session });
    }
    const stop = AbortSignal.any([options.stop, lock.lost]);
    const run = new SessionRun({ ...options, stop }, resumed?.state.session ?? session, resumed?.steps ?? 0);
    const outcome = await run.carryOut(resumed?.state);
    lock.lost.throwIfAborted();
    return outcome;
  } finally {
    await lock.release();
  }
}

export function jobLockName(repository: Repository, jobName: string): string {
  return opaqueName(repository.key, "job", jobName);
}
