import type { Command } from "commander";
import { addStoreFlags, type StoreFlags } from "../transfer/store-flags.ts";
import { describeUse } from "../help-text.ts";
import type { Terminal } from "../terminal.ts";
import { addOutputFlags, type OutputFlags } from "./output-flags.ts";

export interface PointsFlags extends StoreFlags, OutputFlags {
  readonly from?: string;
  readonly machine?: string;
  readonly disk?: string;
}

export function registerPoints(program: Command, terminal: Terminal): void {
  const points = program
    .command("points")
    .description("the restore points and backup files of a store, and which of them cannot be restored")
    .option("--from <store>", "the store: https://ACCOUNT.blob.core.windows.net/CONTAINER[/PREFIX] or a directory")
    .option("--machine <name>", "only of this machine")
    .option("--disk <name>", "only of this disk or folder");
  addOutputFlags(addStoreFlags(points)).action(async (flags: PointsFlags) => {
    const { runPoints } = await import("../transfer/points-run.ts");
    await runPoints(flags, terminal);
  });
  describeUse(
    points,
    ["reprise points --from /mnt/backup", "reprise points --from /mnt/backup --machine web-1 --json"],
    ["ok", "failed", "usage", "notFound", "password"],
  );
}
