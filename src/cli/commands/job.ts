/** Job files. */
import type { Command } from "commander";
import { describeUse } from "../help-text.ts";
import type { Finish } from "../main.ts";
import type { Terminal } from "../terminal.ts";
import { addOutputFlags, type OutputFlags } from "./output-flags.ts";

export function registerJob(program: Command, terminal: Terminal, finish: Finish): void {
  const job = program.command("job").description("job files of the agent").helpCommand(false);
  const check = job.command("check <file>").description("says what a job file does, or every problem in it with its place");
  addOutputFlags(check).action(async (file: string, flags: OutputFlags) => {
    const { checkJob } = await import("../transfer/job-check.ts");
    finish(await checkJob(file, flags, terminal));
  });
  describeUse(check, ["reprise job check nightly.yaml", "reprise job check nightly.yaml --json"], ["ok", "usage"]);
  describeUse(job, ["reprise job check nightly.yaml"], ["ok", "usage"]);
}
