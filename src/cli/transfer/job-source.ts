/** Where the job of a command comes from: a job file, or flags. Out: the job, and how it is read again when a retry starts (J14). */
import type { JobFile } from "../../agent/job-file/parse-job.ts";
import { jobFileNow, readJobFile } from "../../agent/job-file/read-job-file.ts";
import type { JobNow } from "../../policy/session/events.ts";
import { UsageError } from "../terminal.ts";
import { jobFromFlags, type JobFlags } from "./job-flags.ts";
import type { StoreFlags } from "./store-flags.ts";

export interface JobSource {
  readonly file: JobFile;
  readonly now: () => Promise<JobNow>;
}

const FLAGS_OF_A_JOB: Readonly<Record<Exclude<keyof JobFlags, "job">, string>> = {
  name: "--name",
  source: "--source",
  to: "--to",
  machine: "--machine",
  blockSize: "--block-size",
  compression: "--compression",
  encrypt: "--encrypt",
  singleFile: "--single-file",
  bandwidth: "--bandwidth",
};

/** @throws UsageError, JobFileError */
export async function jobSourceOf(flags: JobFlags): Promise<JobSource> {
  const { job: path } = flags;
  if (path === undefined) {
    const job = jobFromFlags(flags);
    const file = { job, ...(flags.encrypt !== undefined && { encrypt: flags.encrypt }) };
    return { file, now: async () => ({ valid: true, job }) };
  }
  const first = Object.entries(FLAGS_OF_A_JOB).find(([key]) => flags[key as keyof JobFlags] !== undefined);
  if (first !== undefined)
    throw new UsageError(
      `${first[1]}: found together with --job; allowed with --job: --retries, --started-by, --dry-run, --read-all, flags of password and state store. Everything else stands in the job file.`,
    );
  return { file: await readJobFile(path), now: () => jobFileNow(path) };
}

/** A flag goes before what the job file says. */
export function withStateStore(flags: StoreFlags, stateStore: string | undefined): StoreFlags {
  return stateStore === undefined || flags.stateStore !== undefined ? flags : { ...flags, stateStore };
}
