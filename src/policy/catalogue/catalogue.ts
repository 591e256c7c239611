/**
 * The catalogue of failure codes. In: what is known of an error, and its workload. Out: a verdict (how it is handled, what a person can do).
 * It does not promise to know every code: the service has more than it publishes, and an unknown one gets one careful retry and a place in
 * the report. It decides nothing about an item's history; the rules of a run do.
 */
import type { CatalogueRow, Verdict } from "../errors.ts";
import type { ErrorFacts } from "../job.ts";
import { AZURE_DISK } from "./azure-disk.ts";
import { AZURE_FILES } from "./azure-files.ts";
import { AZURE_VM_GUEST } from "./azure-vm-guest.ts";
import { AZURE_VM_SURROUNDINGS } from "./azure-vm-surroundings.ts";
import { AZURE_VM_RETRIED } from "./azure-vm.ts";
import { DATABASES } from "./databases.ts";
import { GENERAL } from "./general.ts";
import { SAP_ASE } from "./sap-ase.ts";
import { SAP_HANA } from "./sap-hana.ts";
import { SQL_SERVER } from "./sql-server.ts";

export const CATALOGUE: readonly CatalogueRow[] = [
  ...AZURE_VM_RETRIED,
  ...AZURE_VM_GUEST,
  ...AZURE_VM_SURROUNDINGS,
  ...AZURE_FILES,
  ...DATABASES,
  ...SQL_SERVER,
  ...SAP_HANA,
  ...SAP_ASE,
  ...AZURE_DISK,
  ...GENERAL,
];

const MINUTE_MS = 60_000;
const UNKNOWN_DELAY_MS = 60 * MINUTE_MS;
/** Symbols and texts come from outside and may be of any length. */
const MAX_SYMBOL_CHARS = 128;
const MAX_TEXT_CHARS = 4096;

const UNKNOWN_MEANING = "The code is not in the catalogue, so that its cause is not known here.";
const UNKNOWN_ADVICE =
  "If the one retry fails too, open the vault in the portal, Backup jobs, the failed job, read its error and recommendations there, and remove the cause. Then run `reprise retry --item NAME`.";

// Maps, not objects: a code from outside may be named like something that every object has.
const byCode = new Map<string, CatalogueRow[]>();
const codeOfNumber = new Map<number, string>();
const rowsWithPhrase = CATALOGUE.flatMap((row) => (row.phrases ?? []).map((phrase) => ({ phrase: phrase.toLowerCase(), row })));
for (const row of CATALOGUE) {
  const key = row.code.toLowerCase();
  byCode.set(key, [...(byCode.get(key) ?? []), row]);
  for (const number of row.numbers ?? []) codeOfNumber.set(number, key);
}

export interface ClassifyOptions {
  /** Replaces the first delay of every code that is retried, the unknown ones too; in milliseconds. */
  readonly backoffFirstMs?: number;
}

/**
 * What a failure means for a retry: by its symbol, else its number, else a phrase of its text (localised, so only English texts help).
 * A row of the workload wins over one for all; a code that is published for other workloads only is unknown here.
 * @param workload a word of `WORKLOADS`, in any case
 */
export function classify(error: ErrorFacts | undefined, workload: string, options: ClassifyOptions = {}): Verdict {
  const row = error && lookUp(error, workload.toLowerCase());
  if (row === undefined) {
    return {
      kind: "unknown",
      code: givenCode(error),
      known: false,
      firstDelayMs: options.backoffFirstMs ?? UNKNOWN_DELAY_MS,
      tries: 1,
      then: "failing",
      meaning: UNKNOWN_MEANING,
      advice: UNKNOWN_ADVICE,
    };
  }
  const { code, kind, tries, then, meaning, advice } = row;
  const firstDelayMs = tries === 0 ? 0 : (options.backoffFirstMs ?? row.firstDelayMinutes * MINUTE_MS);
  return { kind, code, known: true, firstDelayMs, tries, then, meaning, advice };
}

/** The first row of a code, by its symbol in any case or its published number as text; `CATALOGUE` holds one more per group of workloads. */
export function findRow(code: string): CatalogueRow | undefined {
  return rowsOf(code)[0];
}

function rowsOf(code: string): readonly CatalogueRow[] {
  const symbol = trimmedSymbol(code);
  const number = asNumber(symbol);
  return byCode.get(number === undefined ? symbol.toLowerCase() : (codeOfNumber.get(number) ?? "")) ?? [];
}

function lookUp(error: ErrorFacts, workload: string): CatalogueRow | undefined {
  const fits = (row: CatalogueRow): boolean => row.workloads !== "all" && row.workloads.some((word) => word.toLowerCase() === workload);
  const best = (rows: readonly CatalogueRow[]): CatalogueRow | undefined => rows.find(fits) ?? rows.find((row) => row.workloads === "all");
  const text = (error.text ?? "").slice(0, MAX_TEXT_CHARS).toLowerCase();
  return (
    best(rowsOf(error.symbol ?? "")) ??
    best(error.number === undefined ? [] : rowsOf(String(error.number))) ??
    best(text === "" ? [] : rowsWithPhrase.filter(({ phrase }) => text.includes(phrase)).map(({ row }) => row))
  );
}

function givenCode(error: ErrorFacts | undefined): string {
  const symbol = trimmedSymbol(error?.symbol ?? "");
  if (symbol !== "") return symbol;
  return error?.number === undefined ? "Unknown" : String(error.number);
}

function trimmedSymbol(symbol: string): string {
  // Well-formed again, because the cut may split a surrogate pair and the code goes into JSON.
  return symbol.trim().slice(0, MAX_SYMBOL_CHARS).toWellFormed();
}

function asNumber(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
