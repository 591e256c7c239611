/** Which estate is simulated: a file, a generated one, or the one that is built in. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { builtInEstate } from "../local/azure/built-in-estate.ts";
import { parseEstate, type Estate } from "../local/azure/estate/estate.ts";
import { generateEstate } from "../local/azure/generate.ts";
import { EXIT, UsageError } from "./terminal.ts";

export interface EstateChoice {
  readonly file?: string;
  readonly generate?: string;
  /** The simulator runs in a process of its own, on real time. */
  readonly realTime?: boolean;
}

const QUERY_LANGUAGE = "@kusto/language-service-next";

/** @throws EstateError, UsageError (also when the file is not there: exit 10) */
export async function chooseEstate({ file, generate, realTime = false }: EstateChoice): Promise<Estate> {
  checkQueryLanguage();
  if (file !== undefined && generate !== undefined)
    throw new UsageError("--generate: found together with an estate file; allowed: one of the two.");
  if (generate !== undefined) return generateEstate(generate, { realTime });
  if (file === undefined) return builtInEstate({ realTime });
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw new UsageError(`The estate file ${file} cannot be read: ${(error as Error).message}`, EXIT.notFound);
  }
  return parseEstate(text, { source: file, realTime });
}

/** The package is optional, as only simulating needs it; without it every query would fail in the middle of a run. */
function checkQueryLanguage(): void {
  try {
    createRequire(import.meta.url).resolve(`${QUERY_LANGUAGE}/bridge.min.js`);
  } catch {
    throw new UsageError(
      `Simulating needs the optional package ${QUERY_LANGUAGE}, which is not installed: run "npm install" in the checkout, or use --azure.`,
      EXIT.failed,
    );
  }
}
