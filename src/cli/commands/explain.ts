import type { Command } from "commander";
import { describeUse } from "../help-text.ts";
import type { Finish } from "../main.ts";
import { jsonLine } from "../output/json.ts";
import { EXIT, UsageError, type Terminal } from "../terminal.ts";
import { addOutputFlags, type OutputFlags } from "./output-flags.ts";

interface ExplainFlags extends OutputFlags {
  readonly list?: boolean;
}

export function registerExplain(program: Command, terminal: Terminal, finish: Finish): void {
  const explain = program
    .command("explain")
    .description("what an error code means, how it is handled, what to do")
    .argument("[code]", "a symbol such as UserErrorGuestAgentStatusUnavailable, or a number such as 380008")
    .option("--list", "all codes, by how they are handled");
  addOutputFlags(explain).action(async (code: string | undefined, flags: ExplainFlags) => {
    const { explainCode, listCodes } = await import("../explain/explain.ts");
    const print = ({ text, json }: { readonly text: string; readonly json: object }): void =>
      terminal.out(flags.json ? jsonLine(json) : text);
    if (code === undefined) {
      if (!flags.list) throw new UsageError("explain: found no code; allowed: a code, or --list.");
      return print(listCodes());
    }
    if (flags.list) throw new UsageError("explain: found a code and --list; allowed: one of the two.");
    const explained = explainCode(code);
    print(explained);
    if (!explained.found) finish(EXIT.usage);
  });
  describeUse(
    explain,
    ["reprise explain UserErrorGuestAgentStatusUnavailable", "reprise explain 380008 --json", "reprise explain --list"],
    ["ok", "usage"],
  );
}
