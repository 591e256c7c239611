/** The query texts of the project, read from the files beside this module: two that a run finds by, two for what can be seen at all. */
import { readFileSync } from "node:fs";
import { renderQuery } from "./query-template.ts";

/** All backup jobs that started or ended in [fromMs, toMs), and those that still run. The bounds are literals, so every page sees the same window. */
export function jobsQuery(window: { readonly fromMs: number; readonly toMs: number }): string {
  return renderQuery(textOf("./jobs.kql"), { from: new Date(window.fromMs), to: new Date(window.toMs) });
}

export function itemsQuery(): string {
  return renderQuery(textOf("./items.kql"), {});
}

export function vaultsQuery(): string {
  return renderQuery(textOf("./vaults.kql"), {});
}

export function subscriptionsQuery(): string {
  return renderQuery(textOf("./subscriptions.kql"), {});
}

function textOf(file: string): string {
  return readFileSync(new URL(file, import.meta.url), "utf8");
}
