/**
 * What the doctor found, in a terminal: every scope with how much of it is allowed, then what is missing by action with the scopes and what to do. In: the
 * checks (untrusted names and texts). Out: text through `write`; no line is wider than the terminal, from 40 columns on.
 */
import type { Check } from "../../cloud/doctor/checks.ts";
import type { Findings } from "../../cloud/doctor/examine.ts";
import { displayWidth } from "../../cloud/report/text-width.ts";
import { visibleName, visibleProse } from "../../cloud/report/visible.ts";
import { count, plural } from "../../cloud/report/words.ts";
import { inkOf, type Ink } from "./ink.ts";
import { rowLines, wrapText } from "./wrap.ts";

export interface FindingsOptions {
  readonly write: (text: string) => unknown;
  readonly columns: number;
  readonly color: boolean;
  /** The verdict alone. */
  readonly quiet: boolean;
}

const LEAST_COLUMNS = 40;
const MOST_COLUMNS = 160;
/** Rows of scopes in which nothing is missing. */
const MOST_ROWS = 50;
const MOST_NAMES = 20;
const MOST_NAME_COLUMNS = 40;

export function printFindings(found: Findings, { write, columns, color, quiet }: FindingsOptions): void {
  const width = Math.min(MOST_COLUMNS, Math.max(LEAST_COLUMNS, columns));
  const ink = inkOf(color);
  const lines = quiet
    ? []
    : [...scopeTable(found.checks, width, ink), ...missingByAction(found.checks, width, ink), ...remarks(found.notes, width)];
  write(`${[...lines, ...wrapText(verdict(found), width).map(ink.bold)].join("\n")}\n`);
}

function scopeTable(checks: readonly Check[], width: number, ink: Ink): readonly string[] {
  const scopes = [...Map.groupBy(checks, ({ scope }) => scope.toLowerCase()).values()];
  const cells = scopes.map((of): readonly [string, string, string] => {
    const [first] = of;
    const allowed = of.filter((check) => check.allowed).length;
    return [visibleName(first?.name ?? ""), kindOf(first?.scope ?? ""), allowed === of.length ? "yes" : `${allowed} of ${of.length}`];
  });
  // What is missing is never left out.
  const shown = [
    ...cells.filter(([, , allowed]) => allowed !== "yes"),
    ...cells.filter(([, , allowed]) => allowed === "yes").slice(0, MOST_ROWS),
  ];
  const head = ["Scope", "Kind", "Allowed"] as const;
  const widest = (index: 0 | 1 | 2, most: number): number =>
    Math.min(most, Math.max(...[head, ...shown].map((row) => displayWidth(row[index]))));
  const kind = widest(1, 24);
  const allowed = widest(2, 12);
  const widths = [Math.min(widest(0, MOST_NAME_COLUMNS), width - kind - allowed - 6), kind, allowed];
  const row = (texts: readonly string[]): readonly string[] => rowLines(texts, widths, 2).map((line) => `  ${line}`);
  const hidden = cells.length - shown.length;
  return [
    ...row(head).map(ink.soft),
    ...shown.flatMap(row),
    ...(hidden > 0 ? [ink.soft(`  … and ${count(hidden)} more where nothing is missing; --json has all.`)] : []),
    "",
  ];
}

function missingByAction(checks: readonly Check[], width: number, ink: Ink): readonly string[] {
  const lacking = checks.filter(({ allowed }) => !allowed);
  if (lacking.length === 0) return [];
  const groups = [...Map.groupBy(lacking, ({ action, advice }) => JSON.stringify([action, advice])).values()];
  return [
    ink.alarm(`Missing (${count(lacking.length)})`),
    ...groups.flatMap((of) => {
      const [first] = of;
      const names = of.slice(0, MOST_NAMES).map(({ name, scope }) => `${visibleName(name)}${place(name, scope)}`);
      if (of.length > MOST_NAMES) names.push(`and ${count(of.length - MOST_NAMES)} more`);
      return [
        ...indented(visibleName(first?.action ?? ""), 2, width),
        ...indented(`at ${names.join(", ")}`, 4, width).map(ink.soft),
        ...indented(visibleProse(first?.advice ?? ""), 4, width),
      ];
    }),
    "",
  ];
}

function remarks(notes: readonly string[], width: number): readonly string[] {
  return notes.length === 0 ? [] : [...notes.flatMap((note) => indented(visibleProse(note), 2, width)), ""];
}

function verdict({ checks, subscriptions, vaults }: Findings): string {
  const missing = checks.filter(({ allowed }) => !allowed).length;
  const looked = `${plural(subscriptions, "subscription")} and ${plural(vaults, "vault")} looked at`;
  return missing === 0
    ? `Everything that a run needs is allowed; ${looked}.`
    : `${plural(missing, "action is", "actions are")} missing; ${looked}.`;
}

function kindOf(scope: string): string {
  if (/\/vaults\/[^/]+$/i.test(scope)) return "Recovery Services vault";
  if (/\/backupVaults\/[^/]+$/i.test(scope)) return "Backup vault";
  if (/\/managementGroups\//i.test(scope)) return "management group";
  if (/^\/subscriptions\/[^/]+$/i.test(scope)) return "subscription";
  return scope.startsWith("/providers/") || scope === "/subscriptions" ? "service" : "place";
}

/** Where it lies, when the name alone does not say. */
function place(name: string, scope: string): string {
  const [, , subscription, , group] = scope.split("/");
  if (!scope.startsWith("/subscriptions/") || subscription === undefined || subscription === name)
    return scope === name ? "" : ` (${visibleName(scope)})`;
  return group === undefined ? ` (${visibleName(subscription)})` : ` (${visibleName(group)} in ${visibleName(subscription)})`;
}

function indented(text: string, by: number, width: number): readonly string[] {
  return wrapText(text, width - by).map((line) => " ".repeat(by) + line);
}
