/**
 * What is left for a person after a run: items grouped by cause, and what could not be looked at. In: the report. Out: plain data with texts as they
 * came (untrusted), for the HTML page and the terminal alike.
 */
import type { CoverageReport, ItemReport, RunReport } from "../../policy/report.ts";
import { count, plural } from "./words.ts";

export interface ActionGroup {
  /** `act`: something must be done; `watch`: it fails still, nothing is known that a person could do. */
  readonly kind: "act" | "watch";
  readonly errorCode?: string;
  readonly advice?: string;
  /** Present when it is the same for all items. */
  readonly reason?: string;
  readonly items: readonly ItemReport[];
}

/** Needs-person first, then by number of items. */
export function actionGroups(report: RunReport): readonly ActionGroup[] {
  const byCause = Map.groupBy(
    report.items.filter((item) => item.decision === "needs-person" || item.decision === "failing"),
    (item) => JSON.stringify([kindOf(item), item.errorCode, item.advice]),
  );
  const groups = [...byCause.values()].map(groupOf);
  return groups.sort((a, b) => rank(a) - rank(b) || b.items.length - a.items.length);
}

function groupOf(items: readonly ItemReport[]): ActionGroup {
  const [first] = items;
  const reason = items.every((item) => item.reason === first?.reason) ? first?.reason : undefined;
  return {
    kind: items.some((item) => kindOf(item) === "act") ? "act" : "watch",
    ...(first?.errorCode !== undefined && { errorCode: first.errorCode }),
    ...(first?.advice !== undefined && { advice: first.advice }),
    ...(reason !== undefined && { reason }),
    items,
  };
}

/** What happened, in one sentence: the reason that all items share, without the code in front of it; else the code. Untrusted. */
export function headingOf({ reason, errorCode }: Pick<ActionGroup, "reason" | "errorCode">): string {
  const prefix = `${errorCode}: `;
  const sentence = reason?.startsWith(prefix) ? reason.slice(prefix.length) : reason;
  return sentence ?? errorCode ?? "It failed without an error code";
}

function kindOf(item: ItemReport): "act" | "watch" {
  return item.decision === "needs-person" || item.advice !== undefined ? "act" : "watch";
}

function rank(group: ActionGroup): number {
  if (group.kind === "watch") return 2;
  return group.items.some((item) => item.decision === "needs-person") ? 0 : 1;
}

/** The items of one vault stand together, in the order of the report. */
export function byVault(items: readonly ItemReport[]): readonly { readonly vault: string; readonly items: readonly ItemReport[] }[] {
  return [...Map.groupBy(items, (item) => item.vaultId.toLowerCase()).values()].map((group) => ({
    vault: group[0]?.vault ?? "",
    items: group,
  }));
}

export interface CoverageProblem {
  /** The thing that could not be seen: a name or an id. */
  readonly subject: string;
  readonly id: string;
  readonly problem: string;
}

/** What was to be looked at and could not be seen; bad rows are counted in one entry. */
export function coverageProblems(coverage: CoverageReport): readonly CoverageProblem[] {
  const problems: CoverageProblem[] = [];
  for (const { id, name, state } of coverage.subscriptions) {
    if (state === "not-visible") problems.push({ subject: `Subscription ${name ?? id}`, id, problem: "the identity cannot see it" });
  }
  for (const { id, name, state, problem } of coverage.vaults) {
    const what = VAULT_PROBLEMS[state];
    if (what !== undefined) problems.push({ subject: `Vault ${name}`, id, problem: problem === undefined ? what : `${what}: ${problem}` });
  }
  if (coverage.badRowCount > 0) {
    const [first] = coverage.badRows;
    const example = first === undefined ? "" : `, for example ${first.id}: ${first.problem}`;
    const rows = plural(coverage.badRowCount, "row");
    problems.push({ subject: "Resource Graph", id: "rows", problem: `${rows} could not be read${example}` });
  }
  return problems;
}

const VAULT_PROBLEMS: Readonly<Partial<Record<CoverageReport["vaults"][number]["state"], string>>> = {
  forbidden: "reading it was refused",
  gone: "it does not exist any more",
  unreachable: "it gave no usable answer after retries",
};

/** How much was looked at: `3 subscriptions and 14 vaults (12 read directly)`. */
export function lookedAt(coverage: CoverageReport): string {
  const seen = coverage.subscriptions.filter(({ state }) => state !== "not-visible").length;
  const read = coverage.vaults.filter(({ state }) => state === "read").length;
  const parts = [plural(seen, "subscription")];
  if (coverage.vaults.length > 0) parts.push(`${plural(coverage.vaults.length, "vault")} (${count(read)} read directly)`);
  return parts.join(" and ");
}
