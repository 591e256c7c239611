/**
 * The agent: the jobs of several files, each in a loop of its own. In: job files, and the means to open their stores. Out: nothing; it runs until it is
 * stopped. All state is in the stores: an agent that was killed, or one on another machine, goes on from there.
 */
import type { Clock } from "../../clock/clock.ts";
import type { JobNow } from "../../policy/session/events.ts";
import type { JobFile } from "../job-file/parse-job.ts";
import type { Repository } from "../repository/repository.ts";
import { SessionSuspended, type SessionOptions, type SessionProgress } from "../session/session-options.ts";
import { runJobLoop } from "./job-loop.ts";

export interface AgentPorts {
  readonly clock: Clock;
  readonly steady: Clock;
  /** Aborted with `SessionSuspended`: sessions under way go on at the next start. */
  readonly stop: AbortSignal;
  /** @throws JobFileError */
  readonly readJob: (path: string) => Promise<JobFile>;
  readonly jobNow: (path: string) => Promise<JobNow>;
  readonly open: (file: JobFile) => Promise<{ readonly repository: Repository; readonly drops: () => number }>;
  readonly sessionPorts: (
    file: JobFile,
    stop: AbortSignal,
  ) => Pick<SessionOptions, "power" | "retention" | "environment" | "readAll" | "openSource">;
  readonly say: (job: string, text: string) => void;
  readonly onEvent: (job: string, event: SessionProgress) => void;
}

/** @throws JobFileError, StoreLockedError; one job that cannot go on ends all */
export async function runAgent(paths: readonly string[], ports: AgentPorts): Promise<void> {
  // All files are read before anything runs.
  await Promise.all(paths.map((path) => ports.readJob(path)));
  const failed = new AbortController();
  const stop = AbortSignal.any([ports.stop, failed.signal]);
  const loops = paths.map((path) =>
    runJobLoop(path, { ...ports, stop }).catch((error: unknown) => {
      failed.abort(new SessionSuspended());
      throw error;
    }),
  );
  const ended = await Promise.allSettled(loops);
  const problem = ended.find((each) => each.status === "rejected");
  if (problem !== undefined) throw problem.reason;
}
