/**
 * Where the records of a run stand in the run store. In: ids, partly untrusted. Out: keys that the store takes: item and vault ids go in as hashes, run
 * ids are checked against their pattern before they get here.
 */
import { createHash } from "node:crypto";
import type { Decision } from "../../policy/run.ts";

/** Names one planned item of a run; the payload of orchestrations and activities. */
export interface ItemRef {
  readonly runId: string;
  /** Hash of the vault's id. */
  readonly vault: string;
  /** The check of the vault that wrote the page. */
  readonly draft: string;
  readonly page: number;
  readonly index: number;
}

export function hashOf(id: string): string {
  return createHash("sha256").update(id.toLowerCase()).digest("hex").slice(0, 16);
}

const number = (value: number): string => String(value).padStart(5, "0");
/** Sorts newest first: the store lists in ascending order. */
const newestFirst = (epochMs: number): string => String(9_999_999_999_999 - epochMs).padStart(13, "0");

export const keys = {
  all: (runId: string) => `runs/${runId}/`,
  run: (runId: string) => `runs/${runId}/run`,
  cancel: (runId: string) => `runs/${runId}/cancel`,
  outcome: (runId: string) => `runs/${runId}/outcome`,
  report: (runId: string, form: "json" | "html") => `runs/${runId}/report.${form}`,
  /** What is open after the run. */
  standing: (runId: string) => `runs/${runId}/standing`,
  discovery: (runId: string) => `runs/${runId}/discovery`,
  candidates: (runId: string, draft: string, page: number) => `runs/${runId}/candidates/${draft}/${number(page)}`,
  gaps: (runId: string, draft: string, page: number) => `runs/${runId}/gaps/${draft}/${number(page)}`,
  plan: (runId: string) => `runs/${runId}/plan`,
  planned: (runId: string, vault: string, draft: string, page: number) => `runs/${runId}/vaults/${vault}/planned/${draft}/${number(page)}`,
  skipped: (runId: string, draft: string, page: number) => `runs/${runId}/skipped/${draft}/${number(page)}`,
  checked: (runId: string, vault: string) => `runs/${runId}/vaults/${vault}/checked`,
  checkedPage: (ref: Omit<ItemRef, "index">) => `runs/${ref.runId}/vaults/${ref.vault}/pages/${ref.draft}/${number(ref.page)}`,
  checkedItem: (ref: ItemRef) => `runs/${ref.runId}/vaults/${ref.vault}/items/${ref.draft}/${number(ref.page)}-${number(ref.index)}`,
  attempt: (runId: string, vault: string, item: string, attempt: number) => `runs/${runId}/vaults/${vault}/attempts/${item}-${attempt}`,
  attempts: (runId: string, vault: string) => `runs/${runId}/vaults/${vault}/attempts/`,
  open: (runId: string, vault: string, job: string) => `runs/${runId}/vaults/${vault}/open/${job}`,
  opens: (runId: string, vault: string) => `runs/${runId}/vaults/${vault}/open/`,
  result: (runId: string, vault: string, item: string) => `runs/${runId}/vaults/${vault}/results/${item}`,
  results: (runId: string, vault: string) => `runs/${runId}/vaults/${vault}/results/`,
  /** Says again how the item ended, so that results are counted from keys alone. */
  counted: (runId: string, vault: string, decision: Decision, item: string) => `runs/${runId}/vaults/${vault}/counted/${decision}/${item}`,
  counts: (runId: string, vault: string) => `runs/${runId}/vaults/${vault}/counted/`,
  progress: (runId: string, vault: string) => `runs/${runId}/vaults/${vault}/progress`,
  listing: (runId: string, vault: string) => `runs/${runId}/vaults/${vault}/listing`,
  closed: (runId: string, vault: string) => `runs/${runId}/vaults/${vault}/closed`,
  index: (startedMs: number, runId: string) => `index/${newestFirst(startedMs)}~${runId}`,
  indexes: "index/",
  standings: (scope: string) => `standings/${scope}`,
  claims: "claims/",
  days: "days/",
  allStandings: "standings/",
  /** How far housekeeping got. */
  housekeeping: "housekeeping",
  /** Of a subscription: shared by all runs. */
  limits: (subscription: string) => `limits/${subscription}`,
  claim: (item: string) => `claims/${item}`,
  day: (day: string, item: string) => `days/${day}/${item}`,
} as const;

/** When the run of a key below `index/` was started, and its id. */
export function indexEntry(key: string): { readonly startedMs: number; readonly runId: string } {
  const [time = "", runId = ""] = lastSegment(key).split("~");
  return { startedMs: 9_999_999_999_999 - Number(time), runId };
}

/** The last segment of a key. */
export function lastSegment(key: string): string {
  return key.slice(key.lastIndexOf("/") + 1);
}
