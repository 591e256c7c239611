/** The commands and flags of the program as data. In: commander's own definition, so that completion never lags behind it. */
import type { Command, Option } from "commander";

export interface CommandNode {
  /** `agent status`; empty for the program itself. */
  readonly path: string;
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  readonly flags: readonly Flag[];
}

export interface Flag {
  readonly names: readonly string[];
  readonly description: string;
  readonly takesValue: boolean;
  /** The value is a path: the shell completes files. */
  readonly isPath: boolean;
}

const PATH = /file|dir|path|store|folder|estate/i;

/** The program first, then each command before its subcommands. */
export function commandTree(program: Command): readonly CommandNode[] {
  const visit = (command: Command, path: string): CommandNode[] => [
    {
      path,
      commands: command.commands.map((each) => ({ name: each.name(), description: oneLine(each.description()) })),
      flags: [...command.options.filter(({ hidden }) => !hidden).map(flagOf), HELP],
    },
    ...command.commands.flatMap((each) => visit(each, `${path} ${each.name()}`.trim())),
  ];
  return visit(program, "");
}

const HELP: Flag = { names: ["-h", "--help"], description: "display help for command", takesValue: false, isPath: false };

function flagOf(option: Option): Flag {
  return {
    names: [option.short, option.long].flatMap((name) => name ?? []),
    description: oneLine(option.description),
    takesValue: option.required || option.optional,
    isPath: PATH.test(option.flags.replace(/^.*?[<[]/, "")),
  };
}

/** Of a description only what fits beside a flag. */
function oneLine(text: string): string {
  return (text.split(/[\n:;(]/)[0] ?? "").trim();
}
