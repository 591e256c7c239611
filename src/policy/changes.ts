/**
 * What changed since the run before that looked at the same. In: what was open after that run, and this run's items. Out: the changes, each open item with
 * how long it has been so, and what is open now. An item that this run could not judge (another run has it, its backup still runs) stays as it was.
 */
import type { ChangeReport, ItemReport } from "./report.ts";

/** What was open after a run, by a key of the item. */
export type Standing = Readonly<Record<string, OpenItem>>;

export interface OpenItem {
  readonly item: string;
  readonly vault: string;
  /** ISO: the failure with which it began. */
  readonly since: string;
  /** Runs after which it was open, without a break. */
  readonly runs: number;
}

export interface Before {
  readonly runId: string;
  readonly startedAt: string;
  readonly open: Standing;
}

export interface Compared {
  readonly items: readonly ItemReport[];
  /** Absent when there is no run to compare with. */
  readonly changes?: ChangeReport;
  readonly open: Standing;
}

const MOST_LISTED = 1_000;

type Now = "open" | "closed" | "unjudged";

function nowOf({ decision, cause }: ItemReport): Now {
  switch (decision) {
    case "needs-person":
    case "failing":
    case "planned":
      return "open";
    case "recovered":
      return "closed";
    case "skipped":
      return cause === "cured" ? "closed" : "unjudged";
    case "running":
    case "cancelled":
      return "unjudged";
  }
}

/** `hasGap`: whether the item lacks a recovery point although no job of it failed in the window. */
export function compareRuns(
  before: Before | undefined,
  items: readonly ItemReport[],
  keyOf: (itemId: string) => string,
  hasGap: (key: string) => boolean,
): Compared {
  const open: Record<string, OpenItem> = {};
  const recovered: OpenItem[] = [];
  const seen = new Set<string>();
  let newlyFailing = 0;
  let stillFailing = 0;
  const marked = items.map((item) => {
    const key = keyOf(item.itemId);
    seen.add(key);
    const was = before?.open[key];
    const now = nowOf(item);
    if (now === "closed" && was !== undefined) recovered.push(was);
    if (now === "unjudged" && was !== undefined) open[key] = was;
    if (now !== "open") return item;
    if (was === undefined) newlyFailing++;
    else stillFailing++;
    const entry = { item: item.item, vault: item.vault, since: was?.since ?? item.failedAt, runs: (was?.runs ?? 0) + 1 };
    open[key] = entry;
    return { ...item, openSince: entry.since, openRuns: entry.runs };
  });
  if (before === undefined) return { items: marked, open };
  const gone: OpenItem[] = [];
  for (const [key, was] of Object.entries(before.open)) {
    if (seen.has(key)) continue;
    if (hasGap(key)) open[key] = was;
    else gone.push(was);
  }
  const changes: ChangeReport = {
    previousRunId: before.runId,
    previousStartedAt: before.startedAt,
    newlyFailing,
    stillFailing,
    recovered: recovered.length,
    gone: gone.length,
    recoveredItems: recovered.slice(0, MOST_LISTED),
    goneItems: gone.slice(0, MOST_LISTED),
  };
  return { items: marked, changes, open };
}
