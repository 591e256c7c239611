/**
 * The estate file: what the simulated tenant holds, and which faults it shows.
 *
 * In: JSON text. Out: an {@link Estate}, checked to the last field, or one {@link EstateError} that names the path, what was found and what is
 * allowed. Times stay as written (`-6h` or ISO 8601) until a simulator is made, because they are relative to its start.
 *
 * Beyond the documented fields there is one switch, `"symbols": false`: job rows and job details then carry error numbers only, as some real vaults
 * answer, and no symbol in `extendedInfo.propertyBag`.
 */
import { checkReferences } from "./references.ts";
import { EstateError } from "./estate-error.ts";
import { estateSchema, type Estate } from "./schema.ts";
import { explainIssue } from "./issues.ts";
import { resolveTime } from "./times.ts";

export { EstateError } from "./estate-error.ts";
export type { Estate } from "./schema.ts";

export interface ParseEstateOptions {
  /** Named in errors. */
  readonly source?: string;
  /** The simulator runs in a process of its own, on real time: a `now` is then refused. */
  readonly realTime?: boolean;
}

/** @throws EstateError for text that is no JSON or no valid estate. */
export function parseEstate(text: string, options: ParseEstateOptions = {}): Estate {
  const source = options.source ?? "estate";
  const value = parseJson(text, source);
  const result = estateSchema.safeParse(value);
  if (!result.success) throw explainIssue(result.error.issues[0], value, source);
  const estate = result.data;
  if (options.realTime === true && estate.now !== undefined)
    throw new EstateError(
      source,
      "now",
      JSON.stringify(estate.now),
      "no `now` when the simulator runs in a process of its own, on real time",
    );
  checkReferences(estate, source);
  return estate;
}

/** When the estate's clock starts, in ms since the epoch; undefined when it starts at the real time. */
export function estateNowMs(estate: Estate): number | undefined {
  return estate.now === undefined ? undefined : resolveTime(estate.now, 0);
}

function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const position = /position (\d+)/.exec(message)?.[1];
    const before = text.slice(0, position === undefined ? text.length : Number(position));
    const line = before.split("\n").length;
    const column = before.length - before.lastIndexOf("\n");
    throw new EstateError(source, `line ${line}, column ${column}`, "text that is not JSON", "valid JSON", { cause: error });
  }
}
