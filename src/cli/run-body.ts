/** The flags of a run, turned into the body of `POST /api/runs`, so that both are checked by the same code. */
import { parseRunRequest } from "../cloud/runs/request.ts";
import type { RunFlags } from "./commands/run-flags.ts";
import { UsageError } from "./terminal.ts";

const FLAG_OF: Readonly<Record<string, string>> = {
  runId: "--run-id",
  since: "--since",
  subscriptions: "--subscription",
  managementGroup: "--management-group",
  resourceGroups: "--resource-group",
  vaults: "--vault",
  items: "--item",
  tags: "--tag",
  workloads: "--workload",
  maxAttempts: "--max-attempts",
  expiryDays: "--expiry-days",
  force: "--force",
  retryGaps: "--retry-gaps",
  dryRun: "--dry-run",
};

/** @throws UsageError naming every wrong flag */
export function runBody(flags: RunFlags): Record<string, unknown> {
  const body = Object.fromEntries(
    Object.entries({
      runId: flags.runId,
      since: flags.since,
      subscriptions: flags.subscription,
      managementGroup: flags.managementGroup,
      resourceGroups: flags.resourceGroup,
      vaults: flags.vault,
      items: flags.item,
      tags: flags.tag && tagsOf(flags.tag),
      workloads: flags.workload,
      maxAttempts: numberOf(flags.maxAttempts),
      expiryDays: numberOf(flags.expiryDays),
      force: flags.force,
      retryGaps: flags.retryGaps,
      dryRun: flags.dryRun,
    }).filter(([, value]) => value !== undefined),
  );
  const parsed = parseRunRequest(body);
  if (!parsed.ok)
    throw new UsageError(
      parsed.problems.map(({ field, found, allowed }) => `${FLAG_OF[field] ?? field}: found ${found}; allowed: ${allowed}.`).join("\n"),
    );
  return body;
}

/** Text that is no number stays text, so that the check names it. */
function numberOf(text: string | undefined): number | string | undefined {
  return text !== undefined && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

function tagsOf(tags: readonly string[]): Record<string, string> {
  const pairs = tags.map((tag): [string, string] => {
    const at = tag.indexOf("=");
    if (at < 1) throw new UsageError(`--tag: found ${JSON.stringify(tag)}; allowed: name=value.`);
    return [tag.slice(0, at), tag.slice(at + 1)];
  });
  const names = new Set(pairs.map(([name]) => name.toLowerCase()));
  if (names.size < pairs.length)
    throw new UsageError("--tag: found the same name twice; allowed: each name once (an item carries one value of a tag).");
  return Object.fromEntries(pairs);
}
