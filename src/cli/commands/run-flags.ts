/** The flags of a run, turned into the body of `POST /api/runs`, so that both are checked by the same code. */
import type { Command } from "commander";
import { parseRunRequest } from "../../cloud/runs/request.ts";
import { UsageError } from "../terminal.ts";

const list = (value: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  ...value.split(",").map((part) => part.trim()),
];

export interface RunFlags {
  readonly since?: string;
  readonly subscription?: readonly string[];
  readonly managementGroup?: string;
  readonly resourceGroup?: readonly string[];
  readonly vault?: readonly string[];
  readonly item?: readonly string[];
  readonly tag?: readonly string[];
  readonly workload?: readonly string[];
  readonly maxAttempts?: string;
  readonly expiryDays?: string;
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly runId?: string;
}

export function addRunFlags(command: Command): Command {
  return command
    .option("--dry-run", "find and plan, send nothing")
    .option("--since <duration>", "how far back to look: 24h, 90m, 2d")
    .option("--subscription <id>", "only these subscriptions (repeat, or separate by commas)", list)
    .option("--management-group <id>", "all subscriptions under this management group")
    .option("--resource-group <name>", "only vaults in these resource groups", list)
    .option("--vault <name>", "only these vaults: name, pattern with * or id", list)
    .option("--item <name>", "only these items: name, pattern with * or id", list)
    .option("--tag <name=value>", "only items whose source carries the tag", list)
    .option("--workload <word>", "only these workloads, e.g. AzureIaasVM", list)
    .option("--max-attempts <n>", "triggers per item (3)")
    .option("--expiry-days <n>", "how long the restore points are kept (10)")
    .option("--force", "with --item: retry although the error needs a person")
    .option("--run-id <id>", "name of the run; the same id continues an interrupted run");
}

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
