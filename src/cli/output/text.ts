/**
 * A run's report in a terminal: the items by decision with reasons, what a person must do, what could not be seen, the verdict and where the report is.
 * In: the report (untrusted texts) and how wide the terminal is. Out: text through `write`. No line is wider than the terminal (from 40 columns on), no
 * character of a name steers it.
 */
import type { ItemReport, RunReport } from "../../policy/report.ts";
import { actionGroups, type ActionGroup, byVault, coverageProblems } from "../../cloud/report/actions.ts";
import { changesText } from "../../cloud/report/changes.ts";
import { gapsLeft } from "../../cloud/report/gaps.ts";
import { verdictOf } from "../../cloud/report/verdict.ts";
import { visibleName, visibleProse } from "../../cloud/report/visible.ts";
import { count, DECISION_LABELS, DECISIONS, plural } from "../../cloud/report/words.ts";
import { type Ink, inkOf } from "./ink.ts";
import { createItemTable } from "./item-table.ts";
import { wrapText } from "./wrap.ts";

export interface TextOptions {
  write(text: string): unknown;
  /** Absent or 0: not a terminal. */
  readonly columns?: number;
  readonly color: boolean;
  /** Path or URL. */
  readonly reportPath: string;
}

const DEFAULT_COLUMNS = 100;
const LEAST_COLUMNS = 40;
/** Wider lines are hard to read. */
const MOST_COLUMNS = 160;
/** Rows of one group; the report has all. */
const MOST_ROWS = 50;
const MOST_NAMES = 20;
const MOST_PROBLEMS = 20;

interface Sheet {
  readonly ink: Ink;
  readonly columns: number;
  readonly lines: string[];
}

export function printRunReport(report: RunReport, options: TextOptions): void {
  const sheet = sheetOf(options);
  items(sheet, report);
  actions(sheet, report);
  gaps(sheet, report);
  coverage(sheet, report);
  lastLines(sheet, report, options.reportPath);
  options.write(`${sheet.lines.join("\n")}\n`);
}

/** What `--quiet` leaves: the verdict, and where the report is. */
export function printVerdict(report: RunReport, options: TextOptions): void {
  const sheet = sheetOf(options);
  lastLines(sheet, report, options.reportPath);
  options.write(`${sheet.lines.join("\n")}\n`);
}

function sheetOf({ columns, color }: TextOptions): Sheet {
  const wanted = columns === undefined || columns <= 0 ? DEFAULT_COLUMNS : columns;
  return { ink: inkOf(color), columns: Math.min(MOST_COLUMNS, Math.max(LEAST_COLUMNS, wanted)), lines: [] };
}

function items({ ink, columns, lines }: Sheet, report: RunReport): void {
  if (report.items.length === 0) return;
  const byDecision = Map.groupBy(report.items, ({ decision }) => decision);
  const shown = DECISIONS.map((decision) => (byDecision.get(decision) ?? []).slice(0, MOST_ROWS));
  const table = createItemTable(shown.flat(), columns);
  lines.push(...table.header.map(ink.soft));
  for (const [index, decision] of DECISIONS.entries()) {
    const total = byDecision.get(decision)?.length ?? 0;
    if (total === 0) continue;
    lines.push(`${ink.decision(decision, DECISION_LABELS[decision])} ${ink.soft(`(${count(total)})`)}`, ...table.rows(shown[index] ?? []));
    if (total > MOST_ROWS) lines.push(ink.soft(`  … and ${count(total - MOST_ROWS)} more; the report has all.`));
    lines.push("");
  }
}

function actions(sheet: Sheet, report: RunReport): void {
  const { ink, lines } = sheet;
  const groups = actionGroups(report);
  if (groups.length === 0) return;
  lines.push(ink.bold("What a person must do"));
  for (const [index, one] of groups.slice(0, MOST_PROBLEMS).entries()) action(sheet, index + 1, one);
  if (groups.length > MOST_PROBLEMS)
    lines.push(ink.soft(`  … and ${plural(groups.length - MOST_PROBLEMS, "more cause")}; the report has all.`));
  lines.push("");
}

function action(sheet: Sheet, number: number, group: ActionGroup): void {
  const { ink, lines } = sheet;
  const lead = `  ${number}. `;
  const indent = " ".repeat(lead.length);
  const advice = visibleProse(group.advice ?? "Find out why: no advice is known for this.");
  const [first = "", ...rest] = wrapText(advice, sheet.columns - lead.length);
  lines.push(`${lead}${first}`, ...rest.map((line) => indent + line));
  const code = group.errorCode === undefined ? "no error code" : visibleName(group.errorCode);
  indented(sheet, indent, `${code}, ${plural(group.items.length, "item")}: ${places(group.items)}`, ink.soft);
}

/** `vm-a, vm-b (vault-1); vm-c (vault-2)`. */
function places(items: readonly ItemReport[]): string {
  const named = byVault(items.slice(0, MOST_NAMES)).map(
    (place) => `${place.items.map((item) => visibleName(item.item)).join(", ")} (${visibleName(place.vault)})`,
  );
  if (items.length > MOST_NAMES) named.push(`and ${count(items.length - MOST_NAMES)} more`);
  return named.join("; ");
}

function gaps(sheet: Sheet, report: RunReport): void {
  const { ink, lines } = sheet;
  const left = gapsLeft(report);
  if (left.length === 0) return;
  lines.push(`${ink.bold("No recovery point in time, although no backup failed")} ${ink.soft(`(${count(left.length)})`)}`);
  for (const { item, vault, reason } of left.slice(0, MOST_PROBLEMS))
    bullet(sheet, `${visibleName(item)} (${visibleName(vault)}): ${visibleProse(reason)}`);
  if (left.length > MOST_PROBLEMS) lines.push(ink.soft(`  … and ${count(left.length - MOST_PROBLEMS)} more; the report has all.`));
  if (report.request.retryGaps !== true)
    lines.push(...wrapText("`--retry-gaps` backs them up.", sheet.columns - 2).map((line) => ink.soft(`  ${line}`)));
  lines.push("");
}

function coverage(sheet: Sheet, { coverage }: RunReport): void {
  const { ink, lines } = sheet;
  const problems = coverageProblems(coverage).map(({ subject, problem }) => `${subject}: ${problem}`);
  const silent = coverage.subscriptions.filter(({ state }) => state === "no-backup-rows");
  const remarks = silent.map(({ id, name }) => `Subscription ${name ?? id}: seen, without any backup in it`);
  const all = [...problems, ...remarks, ...coverage.notes];
  if (all.length === 0 && coverage.complete) return;
  lines.push(coverage.complete ? ink.bold("Coverage") : ink.alarm("Not everything could be looked at"));
  for (const text of all.slice(0, MOST_PROBLEMS)) bullet(sheet, visibleProse(text));
  if (all.length > MOST_PROBLEMS) lines.push(ink.soft(`  … and ${plural(all.length - MOST_PROBLEMS, "more remark")}; the report has all.`));
  lines.push("");
}

function lastLines(sheet: Sheet, report: RunReport, reportPath: string): void {
  const { ink, lines } = sheet;
  const verdict = verdictOf(report);
  const paint = verdict.tone === "bad" ? ink.alarm : ink.bold;
  indented(sheet, "", verdict.sentence, paint);
  if (report.changes !== undefined) indented(sheet, "", `Since the run before: ${changesText(report.changes)}.`, ink.soft);
  if (report.status === "failed") indented(sheet, "", visibleProse(report.problem ?? "No cause was recorded."), ink.alarm);
  // Never wrapped: people copy it, and terminals make it a link.
  lines.push(`Report: ${visibleName(reportPath)}`);
}

function bullet(sheet: Sheet, text: string): void {
  const [first = "", ...rest] = wrapText(text, sheet.columns - 4);
  sheet.lines.push(`  - ${first}`, ...rest.map((line) => `    ${line}`));
}

function indented({ columns, lines }: Sheet, indent: string, text: string, paint: (line: string) => string): void {
  for (const line of wrapText(text, columns - indent.length)) lines.push(indent + paint(line));
}
