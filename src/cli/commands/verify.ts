import type { Command } from "commander";
import { addStoreFlags, type StoreFlags } from "../transfer/store-flags.ts";
import { describeUse } from "../help-text.ts";
import type { Finish } from "../main.ts";
import type { Terminal } from "../terminal.ts";
import { addOutputFlags, type OutputFlags } from "./output-flags.ts";

export interface VerifyFlags extends StoreFlags, OutputFlags {
  readonly from?: string;
  readonly point?: string;
  readonly machine?: string;
  readonly disk?: string;
  readonly full?: boolean;
}

export function registerVerify(program: Command, terminal: Terminal, finish: Finish): void {
  const verify = program
    .command("verify")
    .description(
      "checks restore points: that all they need is there, or with --full every byte; names what is damaged, and what that breaks",
    )
    .option("--from <store>", "the store: https://ACCOUNT.blob.core.windows.net/CONTAINER[/PREFIX] or a directory")
    .option("--point <id>", "only points of this id (default: all)")
    .option("--machine <name>", "only of this machine")
    .option("--disk <name>", "only of this disk or folder")
    .option("--full", "fetch, decrypt and hash every block");
  addOutputFlags(addStoreFlags(verify)).action(async (flags: VerifyFlags) => {
    const { runVerify } = await import("../transfer/verify-run.ts");
    finish(await runVerify(flags, terminal));
  });
  describeUse(
    verify,
    ["reprise verify --from /mnt/backup", "reprise verify --from /mnt/backup --full --json"],
    ["ok", "failed", "usage", "notFound", "password", "interrupted"],
  );
}
