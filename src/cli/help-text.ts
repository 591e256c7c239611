/** What stands below the flags in the help of a command: examples that work as they are typed, and the exit codes that it gives. */
import type { Command } from "commander";
import { EXIT } from "./terminal.ts";

const MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  ok: "all well, or nothing to do",
  failed: "failed: it could not be carried out",
  usage: "wrong usage or settings; nothing was sent or changed",
  partly: "partly done: items still fail, or not everything could be seen",
  notFound: "store, estate or run not found",
  locked: "locked by another process",
  password: "wrong password, or none",
  interrupted: "interrupted; started again it continues",
};

export type ExitName = keyof typeof EXIT;

export function describeUse(command: Command, examples: readonly string[], exits: readonly ExitName[]): Command {
  const shown = examples.length === 0 ? "" : `\nExamples:\n${examples.map((example) => `  ${example}\n`).join("")}`;
  const codes = exits.map((name) => `  ${String(EXIT[name]).padEnd(3)}  ${MEANINGS[name]}\n`).join("");
  return command.addHelpText("after", `${shown}\nExit codes:\n${codes}`.trimEnd());
}

export const ALL_EXITS: readonly ExitName[] = ["ok", "failed", "usage", "partly", "notFound", "locked", "interrupted"];
