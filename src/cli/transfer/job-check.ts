/** What a job file does, in words; or every problem in it. Nothing but the file is read. */
import { problemText } from "../../agent/job-file/problems.ts";
import { JobFileError, readJobFile } from "../../agent/job-file/read-job-file.ts";
import { visibleProse } from "../../cloud/report/visible.ts";
import { safe } from "../failure.ts";
import { recordedJob, tasksOf, type AgentJob } from "../../policy/job/job.ts";
import { compressionWords, durationWords, fullWords, retentionWords, scheduleWords, sizeWords } from "../../policy/job/words.ts";
import type { OutputFlags } from "../commands/output-flags.ts";
import { jsonLine } from "../output/json.ts";
import { EXIT, type Terminal } from "../terminal.ts";

export async function checkJob(path: string, { json, quiet }: OutputFlags, terminal: Terminal): Promise<number> {
  try {
    const { job } = await readJobFile(path);
    const tasks = tasksOf(job);
    if (json) terminal.out(jsonLine({ message_type: "summary", file: path, valid: true, job: recordedJob(job), tasks, problems: [] }));
    else if (!quiet) for (const line of linesOf(job)) terminal.out(`${safe(line)}\n`);
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof JobFileError)) throw error;
    const { problems } = error;
    if (json) terminal.out(jsonLine({ message_type: "summary", file: path, valid: false, problems }));
    else for (const problem of problems) terminal.err(`${visibleProse(`${path}: ${problemText(problem)}`)}\n`);
    return EXIT.usage;
  }
}

function linesOf(job: AgentJob): readonly string[] {
  const { chain, retries, reconnect, hooks, bandwidthBytesPerSecond } = recordedJob(job);
  const row = (label: string, text: string): string => `  ${label.padEnd(12)} ${text}`;
  return [
    `Job ${job.name} is valid.`,
    ...job.machines.flatMap(({ name, disks, folders }) =>
      [...disks, ...folders].map((part, index) => row(index === 0 ? "machine" : "", `${name}: ${part.name} from ${part.path}`)),
    ),
    row("target", recordedJob(job).target),
    row("blocks", `${sizeWords(job.blockSizeBytes)}, compression ${compressionWords(job.compression)}`),
    row("encryption", job.encryption.kind === "none" ? "as the store is" : "with a password"),
    row("chain", `${chain.layout}, a synthetic full is ${fullWords(chain.full)}`),
    row("retries", `${retries.count}, ${durationWords(retries.waitMs)} apart`),
    row("reconnect", `every ${durationWords(reconnect.everyMs)} for ${durationWords(reconnect.forMs)}`),
    row("schedule", scheduleWords(job.schedule)),
    row("retention", retentionWords(job.retention)),
    ...(["before", "after"] as const).flatMap((when) => {
      const hook = hooks[when];
      return hook === undefined ? [] : [row(when, `a command, at most ${durationWords(hook.limitMs)}`)];
    }),
    ...(bandwidthBytesPerSecond === undefined ? [] : [row("bandwidth", `${sizeWords(bandwidthBytesPerSecond)} a second`)]),
  ];
}
