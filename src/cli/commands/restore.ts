import type { Command } from "commander";
import { addStoreFlags, type StoreFlags } from "../transfer/store-flags.ts";
import { describeUse } from "../help-text.ts";
import type { Finish } from "../main.ts";
import type { Terminal } from "../terminal.ts";
import { addOutputFlags, type OutputFlags } from "./output-flags.ts";

export interface RestoreFlags extends StoreFlags, OutputFlags {
  readonly from?: string;
  readonly point: string;
  readonly machine?: string;
  readonly disk?: string;
  readonly path?: readonly string[];
  readonly to?: string;
  readonly overwrite?: boolean;
}

const list = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

export function registerRestore(program: Command, terminal: Terminal, finish: Finish): void {
  const restore = program
    .command("restore")
    .description("a restore point, one disk of it, or some paths, to a place; interrupted, the same command goes on")
    .option("--from <store>", "the store: https://ACCOUNT.blob.core.windows.net/CONTAINER[/PREFIX] or a directory")
    .option("--point <id>", "an id that reprise points lists, or latest: the newest of each disk", "latest")
    .option("--machine <name>", "needed when the store has points of several machines")
    .option("--disk <name>", "only this disk or folder of the machine")
    .option("--path <path>", "of a folder, only this path and what is below it; may be repeated", list)
    .option("--to <place>", "one disk: a file or block device; a folder, or several disks: a folder")
    .option("--overwrite", "replace what stands there; without it that is left, unless it is the same");
  addOutputFlags(addStoreFlags(restore)).action(async (flags: RestoreFlags) => {
    const { runRestore } = await import("../transfer/restore-run.ts");
    finish(await runRestore(flags, terminal));
  });
  describeUse(
    restore,
    [
      "reprise restore --from /mnt/backup --to /srv/images/db.img --disk db.img",
      "reprise restore --from https://acct.blob.core.windows.net/backups --disk home --path alice/notes --to /tmp/notes",
      "reprise restore --from /mnt/backup --point 20261120T130000Z-1f2e3d4c --machine web-1 --to /restore",
    ],
    ["ok", "failed", "usage", "partly", "notFound", "password", "interrupted"],
  );
}
