import type { Command } from "commander";
import { SHELLS, completionScript } from "../completion/shells.ts";
import { commandTree } from "../completion/tree.ts";
import { describeUse } from "../help-text.ts";
import { UsageError, type Terminal } from "../terminal.ts";

export function registerCompletion(program: Command, terminal: Terminal): void {
  const completion = program
    .command("completion <shell>")
    .description("a script that completes commands and flags, for bash, zsh, fish or powershell")
    .action((name: string) => {
      const shell = SHELLS.find((each) => each === name);
      if (shell === undefined) throw new UsageError(`shell: found ${JSON.stringify(name)}; allowed: ${SHELLS.join(", ")}.`);
      terminal.out(completionScript(shell, commandTree(program)));
    });
  describeUse(completion, ["reprise completion bash", "reprise completion powershell"], ["ok", "usage"]);
}
