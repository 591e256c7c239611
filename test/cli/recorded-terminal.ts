/** Carries out a command line in this process and keeps what it writes. */
import { main } from "../../src/cli/main.ts";

export interface Recorded {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export async function commandLine(
  args: readonly string[],
  { settings = {}, columns = 100 }: { readonly settings?: Readonly<Record<string, string>>; readonly columns?: number } = {},
): Promise<Recorded> {
  let stdout = "";
  let stderr = "";
  const out = (text: string): void => {
    stdout += text;
  };
  const err = (text: string): void => {
    stderr += text;
  };
  const code = await main(args, {
    out,
    err,
    stdout: { write: out },
    stderr: { write: err },
    environment: settings,
    columns,
    color: false,
    outputClosed: new AbortController().signal,
    outputProblem: () => undefined,
  });
  return { code, stdout, stderr };
}

/** A command line as a person types it; quotes group. */
export function words(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
}
