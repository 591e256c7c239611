import type { Command } from "commander";
import { jsonLine } from "../output/json.ts";
import { explainCode, listCodes } from "../explain/explain.ts";
import type { Finish } from "../main.ts";
import { EXIT, UsageError, type Terminal } from "../terminal.ts";

export function registerExplain(program: Command, terminal: Terminal, finish: Finish): void {
  program
    .command("explain")
    .description("what an error code means, how it is handled, what to do")
    .argument("[code]", "a symbol such as UserErrorGuestAgentStatusUnavailable, or a number such as 380008")
    .option("--list", "all codes, by how they are handled")
    .option("--json", "one JSON object")
    .action((code: string | undefined, flags: { list?: boolean; json?: boolean }) => {
      if ((code === undefined) === (flags.list !== true)) throw new UsageError(code === undefined ? "explain: found no code; allowed: a code, or --list." : "explain: found a code and --list; allowed: one of the two.");
      const { text, json } = code === undefined ? listCodes() : explainCode(code);
      terminal.out(flags.json ? jsonLine(json) : text);
      if (code !== undefined && !explainCode(code).found) finish(EXIT.usage);
    });
}
