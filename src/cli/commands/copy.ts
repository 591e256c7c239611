import type { Command } from "commander";
import { addStoreFlags, type StoreFlags } from "../transfer/store-flags.ts";
import { describeUse } from "../help-text.ts";
import type { Finish } from "../main.ts";
import type { Terminal } from "../terminal.ts";
import { addOutputFlags, type OutputFlags } from "./output-flags.ts";

export interface CopyFlags extends StoreFlags, OutputFlags {
  readonly from?: string;
  readonly to?: string;
  readonly bandwidth?: string;
}

export function registerCopy(program: Command, terminal: Terminal, finish: Finish): void {
  const copy = program
    .command("copy")
    .description("points from store to store: only what is missing, each unit checked on its way; cut off, it goes on")
    .option("--from <store>", "the URL of a store, or a directory")
    .option("--to <store>", "a new place, or one that holds an earlier copy of the same store")
    .option("--bandwidth <bytes>", "at most so many bytes a second, e.g. 10MiB");
  addOutputFlags(addStoreFlags(copy)).action(async (flags: CopyFlags) => {
    const { runCopy } = await import("../transfer/copy-run.ts");
    finish(await runCopy(flags, terminal));
  });
  describeUse(
    copy,
    [
      "reprise copy --from /mnt/backup --to https://acct.blob.core.windows.net/copy",
      "reprise copy --from /mnt/backup --to /mnt/usb --json",
    ],
    ["ok", "failed", "usage", "partly", "notFound", "locked", "password", "interrupted"],
  );
}
