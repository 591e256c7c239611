/**
 * The texts of `reprise explain`. In: a code as a person typed it (a symbol in any case, or a number). Out: text for a terminal and one object for
 * `--json`. It prints nothing itself, and it knows the catalogue only: what a certain item's job said stands in the report of its run.
 */
import { CATALOGUE, classify, findRow } from "../../policy/catalogue/catalogue.ts";
import type { CatalogueRow, ErrorKind } from "../../policy/errors.ts";
import { nearestCodes } from "./nearest.ts";

const KIND_WORDS: Readonly<Record<ErrorKind, string>> = {
  transient: "passes by itself: it is retried after a wait",
  throttled: "the service asks to slow down: it is retried when the service allows it",
  conflict: "another operation runs on the item: that one is followed, ours starts when it has ended without success",
  "self-healing": "the service repairs it by itself: it is watched and never triggered",
  "needs-person": "nothing changes until somebody acts: it is never retried by itself",
  unknown: "its cause is not known: it is retried once, carefully",
};

const KINDS = ["transient", "throttled", "conflict", "self-healing", "needs-person"] as const;

const LINE_CHARS = 100;
const LABEL_CHARS = 10;
const MINUTE_MS = 60_000;

export interface Explanation {
  readonly found: boolean;
  /** Lines for a terminal, with a line feed at the end. */
  readonly text: string;
  /** For `--json`: the last and only line. */
  readonly json: Readonly<Record<string, unknown>>;
}

/** What a code means, how it is handled, what to do. Never throws; an unknown code gives the nearest known ones and how unknown ones are handled. */
export function explainCode(code: string): Explanation {
  const row = findRow(code) ?? findRow(httpSymbol(code));
  if (row === undefined) return explainUnknown(code);
  const rows = CATALOGUE.filter((other) => other.code === row.code);
  return {
    found: true,
    text: rows.map((one) => describe(one)).join("\n"),
    json: { message_type: "summary", found: true, code: row.code, rows: rows.map((one) => asJson(one)) },
  };
}

/** `429`, `HTTP 429`: a status is written in many ways, and none of them is another code's number. */
function httpSymbol(code: string): string {
  const status = /^(?:http[ -]?)?(\d{3})$/i.exec(code.trim())?.[1];
  return status === undefined ? "" : `Http${status}`;
}

/** Every code of the catalogue under its kind and its workloads, by name: for `reprise explain --list`. */
export function listCodes(): Pick<Explanation, "text" | "json"> {
  const groups = KINDS.map((kind) => ({ kind, rows: CATALOGUE.filter((row) => row.kind === kind) })).filter(({ rows }) => rows.length > 0);
  const text = groups.map(({ kind, rows }) => `${kind}: ${KIND_WORDS[kind]}\n${linesByWorkload(rows)}`).join("\n");
  const codes = groups.flatMap(({ rows }) => rows.map((row) => asJson(row)));
  return { text, json: { message_type: "summary", codes } };
}

function explainUnknown(code: string): Explanation {
  const verdict = classify({ symbol: code }, "");
  const nearest = nearestCodes(
    code.trim(),
    CATALOGUE.map((row) => row.code).filter((known, index, all) => all.indexOf(known) === index),
  );
  const firstDelayMinutes = verdict.firstDelayMs / MINUTE_MS;
  const lines = [
    `${printable(verdict.code)}: not in the catalogue`,
    ...(nearest.length === 0 ? [] : labelled("Nearest", nearest.join(", "))),
    ...labelled("Handling", `${KIND_WORDS.unknown}; ${tryWords(firstDelayMinutes, verdict.tries, verdict.then)}`),
    ...labelled("To do", verdict.advice),
  ];
  const { kind, tries, then: afterwards, advice } = verdict;
  return {
    found: false,
    text: `${lines.join("\n")}\n`,
    json: {
      message_type: "summary",
      found: false,
      code: verdict.code,
      nearest,
      handling: { kind, firstDelayMinutes, tries, afterwards, advice },
    },
  };
}

function describe(row: CatalogueRow): string {
  const handling =
    row.tries === 0 ? KIND_WORDS[row.kind] : `${KIND_WORDS[row.kind]}; ${tryWords(row.firstDelayMinutes, row.tries, row.then)}`;
  const lines = [
    `${codeWords(row)}, ${workloadWords(row)}`,
    ...labelled("Meaning", row.meaning),
    ...labelled("Handling", handling),
    ...labelled("To do", row.advice),
    ...labelled("Source", row.source),
  ];
  return `${lines.join("\n")}\n`;
}

function asJson(row: CatalogueRow): Readonly<Record<string, unknown>> {
  const { code, numbers, workloads, kind, firstDelayMinutes, tries, then: afterwards, meaning, advice, source } = row;
  return { code, numbers: numbers ?? [], workloads, kind, firstDelayMinutes, tries, afterwards, meaning, advice, source };
}

function tryWords(firstDelayMinutes: number, tries: number, afterwards: CatalogueRow["then"]): string {
  const often = tries === 1 ? "one retry," : `up to ${tries} retries, the first`;
  const end = afterwards === "needs-person" ? "then somebody has to act" : "then the item is reported as failing";
  return `${often} ${delayWords(firstDelayMinutes)} after the failure, ${end}`;
}

function delayWords(minutes: number): string {
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${minutes} min`;
}

/** The workloads in the order of the catalogue, each with its codes by name. */
function linesByWorkload(rows: readonly CatalogueRow[]): string {
  return [...Map.groupBy(rows, workloadWords)]
    .map(([workloads, group]) => {
      const codes = group.map(codeWords).sort((a, b) => a.localeCompare(b, "en"));
      return `  ${workloads}\n${codes.map((code) => `    ${code}\n`).join("")}`;
    })
    .join("");
}

function codeWords({ code, numbers }: CatalogueRow): string {
  return numbers === undefined ? code : `${code} (${numbers.join(", ")})`;
}

function workloadWords({ workloads }: CatalogueRow): string {
  return workloads === "all" ? "every workload" : workloads.join(", ");
}

/** A label, and its text wrapped beside it; a word longer than the line stays whole. */
function labelled(label: string, text: string): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= LINE_CHARS - LABEL_CHARS - 2) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.map((line, index) => `  ${(index === 0 ? label : "").padEnd(LABEL_CHARS)}${line}`);
}

/** A code comes from outside: control and format characters would change what the terminal shows. */
function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, "?");
}
