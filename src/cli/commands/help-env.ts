import type { Command } from "commander";
import { describeSettings } from "../../settings/describe.ts";
import type { Terminal } from "../terminal.ts";

/** `reprise help env`, beside commander's own `reprise help [command]`. */
export function registerHelpEnv(program: Command, terminal: Terminal): void {
  program.helpCommand(false);
  program
    .command("help")
    .description("help for a command, or `help env`: the table of settings")
    .argument("[topic]")
    .action((topic: string | undefined) => {
      if (topic === "env") return terminal.out(describeSettings());
      const command = topic === undefined ? program : program.commands.find((each) => each.name() === topic);
      if (command === undefined) program.error(`error: unknown command '${topic}'`);
      else command.outputHelp();
    });
}
