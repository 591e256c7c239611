import type { BadRow } from "../control-plane.ts";

const LONGEST_PROBLEM = 500;

/** A row that cannot be used, with its id where it has one. The text may quote the row: it is untrusted. */
export function badRow(raw: unknown, problem: string): BadRow {
  const id = typeof raw === "object" && raw !== null && "id" in raw && typeof raw.id === "string" && raw.id !== "" ? raw.id : "(no id)";
  return { id: id.slice(0, LONGEST_PROBLEM), problem: problem.replaceAll(/\s+/g, " ").slice(0, LONGEST_PROBLEM) };
}
