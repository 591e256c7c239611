import type { Command } from "commander";
import { addStoreFlags, type StoreFlags } from "../transfer/store-flags.ts";
import { describeUse } from "../help-text.ts";
import type { Finish } from "../main.ts";
import type { Terminal } from "../terminal.ts";
import { addOutputFlags, type OutputFlags } from "./output-flags.ts";

export interface PruneFlags extends StoreFlags, OutputFlags {
  readonly from?: string;
  readonly keepLast?: string;
  readonly keepDaily?: string;
  readonly keepWeekly?: string;
  readonly keepMonthly?: string;
  readonly keepYearly?: string;
  readonly dryRun?: boolean;
}

export function registerPrune(program: Command, terminal: Terminal, finish: Finish): void {
  const prune = program
    .command("prune")
    .description("removes restore points that no rule keeps, and all data that no point needs; without rules only the latter")
    .option("--from <store>", "the store: https://ACCOUNT.blob.core.windows.net/CONTAINER[/PREFIX] or a directory")
    .option("--keep-last <n>", "of each disk the newest n points")
    .option("--keep-daily <n>", "of each disk the newest point of each of the last n days that have one (UTC)")
    .option("--keep-weekly <n>", "… of the last n weeks")
    .option("--keep-monthly <n>", "… of the last n months")
    .option("--keep-yearly <n>", "… of the last n years")
    .option("--dry-run", "tell what would go, change nothing");
  addOutputFlags(addStoreFlags(prune)).action(async (flags: PruneFlags) => {
    const { runPrune } = await import("../transfer/prune-run.ts");
    finish(await runPrune(flags, terminal));
  });
  describeUse(
    prune,
    ["reprise prune --from /mnt/backup --keep-daily 7 --keep-weekly 4 --dry-run", "reprise prune --from /mnt/backup --keep-last 30"],
    ["ok", "failed", "usage", "partly", "notFound", "password", "interrupted"],
  );
}
