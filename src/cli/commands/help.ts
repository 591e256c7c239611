import type { Command } from "commander";
import { describeUse } from "../help-text.ts";
import type { Terminal } from "../terminal.ts";

/** `reprise help env`, beside what commander's own `reprise help [command]` would do. */
export function registerHelp(program: Command, terminal: Terminal): void {
  program.helpCommand(false);
  const help = program
    .command("help")
    .description("help for a command, or `help env`: the table of settings")
    .argument("[topic...]")
    .action(async (topics: readonly string[]) => {
      if (topics.length === 1 && topics[0] === "env") {
        const { describeSettings } = await import("../../settings/describe.ts");
        terminal.out(describeSettings());
        return;
      }
      let command: Command = program;
      for (const topic of topics) {
        const next = command.commands.find((each) => each.name() === topic);
        if (next === undefined) program.error(`error: unknown command '${topics.join(" ")}'`);
        else command = next;
      }
      command.outputHelp();
    });
  describeUse(help, ["reprise help retry", "reprise help runs show", "reprise help env"], ["ok", "usage"]);
}
