/** The agent: a daemon that runs jobs at their times. */
import type { Command } from "commander";
import { addStoreFlags, type StoreFlags } from "../transfer/store-flags.ts";
import { describeUse } from "../help-text.ts";
import type { Finish } from "../main.ts";
import type { Terminal } from "../terminal.ts";
import { addOutputFlags, type OutputFlags } from "./output-flags.ts";

export interface AgentFlags extends StoreFlags, OutputFlags {
  readonly config?: readonly string[];
  readonly from?: string;
}

const list = (value: string, before: readonly string[] = []): readonly string[] => [...before, ...value.split(",").filter(Boolean)];

export function registerAgent(program: Command, terminal: Terminal, finish: Finish): void {
  const agent = program
    .command("agent")
    .description("runs jobs at their times until it is stopped; what was cut off goes on at the next start")
    .helpCommand(false)
    .option("--config <file>", "a job file; may be repeated", list);
  addOutputFlags(addStoreFlags(agent)).action(async (flags: AgentFlags) => {
    const { runAgentCommand } = await import("../transfer/agent-run.ts");
    finish(await runAgentCommand(flags, terminal));
  });
  describeUse(
    agent,
    ["reprise agent --config nightly.yaml", "reprise agent --config nightly.yaml --config weekly.yaml --json"],
    ["ok", "failed", "usage", "notFound", "locked", "password"],
  );

  const status = agent
    .command("status")
    .description("what the agents of a store say: last and next runs, the session under way, whether its process lives")
    .option("--config <file>", "the stores of this job file; may be repeated", list)
    .option("--from <store>", "a store");
  addOutputFlags(addStoreFlags(status)).action(async (_flags: AgentFlags, command: Command) => {
    // Flags that both have are read by the one above.
    const { showAgentStatus } = await import("../transfer/agent-status.ts");
    finish(await showAgentStatus(command.optsWithGlobals(), terminal));
  });
  describeUse(
    status,
    ["reprise agent status --config nightly.yaml", "reprise agent status --from /mnt/backup --json"],
    ["ok", "failed", "usage", "notFound", "password"],
  );
}
