import type { Command } from "commander";
import { describeUse } from "../help-text.ts";
import type { Finish } from "../main.ts";
import { EXIT, type Terminal } from "../terminal.ts";
import { addOutputFlags } from "./output-flags.ts";
import { addStateFlags, runRetry, type RetryFlags } from "./retry.ts";

const INTRODUCTION = `This is Reprise on a simulated Azure estate: three subscriptions, about forty protected items, a bad night behind them.
It asks Resource Graph for the failed backup jobs, starts an on-demand backup for each item that a retry can help, follows every
job to its end, and reports. A day of waiting passes in seconds, because the clock jumps. Nothing leaves this machine.

`;

export function registerDemo(program: Command, terminal: Terminal, finish: Finish): void {
  const demo = program.command("demo").description("the main job on the built-in simulated estate, with a few words of what is seen");
  addOutputFlags(addStateFlags(demo)).action(async (flags: RetryFlags) => {
    if (!flags.json && !flags.quiet) terminal.err(INTRODUCTION);
    const code = await runRetry(flags, terminal);
    // The run was carried out: that items need a person is what it was to show.
    finish(code === EXIT.partly ? EXIT.ok : code);
  });
  describeUse(demo, ["reprise demo", "reprise demo --json | tail -1"], ["ok", "failed", "usage", "locked", "interrupted"]);
}
