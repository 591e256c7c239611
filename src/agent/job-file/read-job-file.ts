/** A job file on the disk. Read again for each session and each retry: a retry uses the job as it is then (J14). */
import { open } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { JobNow } from "../../policy/session/events.ts";
import { parseJobFile, type JobFile } from "./parse-job.ts";
import { problemText, type JobFileProblem } from "./problems.ts";

/** Exit code 2; nothing has been sent or changed. */
export class JobFileError extends Error {
  readonly code = "JOB_INVALID";
  readonly problems: readonly JobFileProblem[];
  constructor(path: string, problems: readonly JobFileProblem[]) {
    super(problems.map((problem) => `${path}: ${problemText(problem)}`).join("\n"));
    this.name = "JobFileError";
    this.problems = problems;
  }
}

const MOST_BYTES = 4 * 1024 * 1024;

/** @throws JobFileError */
export async function readJobFile(path: string): Promise<JobFile> {
  const parsed = parseJobFile(await readText(path), dirname(resolve(path)));
  if (!parsed.ok) throw new JobFileError(path, parsed.problems);
  return parsed.file;
}

export async function jobFileNow(path: string): Promise<JobNow> {
  try {
    const { job } = await readJobFile(path);
    return { valid: true, job };
  } catch (error) {
    if (error instanceof JobFileError) return { valid: false, problems: error.problems.map(problemText) };
    throw error;
  }
}

async function readText(path: string): Promise<string> {
  const refused = (found: string): JobFileError => new JobFileError(path, [{ place: "", found, allowed: "a job file that can be read" }]);
  const file = await open(path).catch((error: unknown) => {
    throw refused((error as Error).message);
  });
  try {
    const { size } = await file.stat();
    if (size > MOST_BYTES) throw refused(`${size} bytes`);
    return await file.readFile("utf8");
  } catch (error) {
    throw error instanceof JobFileError ? error : refused((error as Error).message);
  } finally {
    await file.close();
  }
}
