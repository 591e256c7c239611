/** The flags of a run; `run-body.ts` checks them. */
import type { Command } from "commander";

/** A flag that is repeated, or holds several values separated by commas. */
export const listFlag = (value: string, before: readonly string[] = []): readonly string[] => [
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
  readonly retryGaps?: boolean;
  readonly dryRun?: boolean;
  readonly runId?: string;
}

export function addRunFlags(command: Command): Command {
  return command
    .option("--dry-run", "find and plan, send nothing")
    .option("--since <duration>", "how far back to look: 24h, 90m, 2d")
    .option("--subscription <id>", "only these subscriptions (repeat, or separate by commas)", listFlag)
    .option("--management-group <id>", "all subscriptions under this management group")
    .option("--resource-group <name>", "only vaults in these resource groups", listFlag)
    .option("--vault <name>", "only these vaults: name, pattern with * or id", listFlag)
    .option("--item <name>", "only these items: name, pattern with * or id", listFlag)
    .option("--tag <name=value>", "only items whose source carries the tag", listFlag)
    .option("--workload <word>", "only these workloads, e.g. AzureIaasVM", listFlag)
    .option("--max-attempts <n>", "triggers per item (3)")
    .option("--expiry-days <n>", "how long the restore points are kept (10)")
    .option("--force", "with --item: retry although the error needs a person")
    .option("--retry-gaps", "also back up protected items that have no recovery point in time")
    .option("--run-id <id>", "name of the run; the same id continues an interrupted run");
}
