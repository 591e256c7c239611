import type { Command } from "commander";
import { JOB_DEFAULTS } from "../../policy/job/job.ts";
import type { JobFlags } from "../transfer/job-flags.ts";
import { addStoreFlags, type StoreFlags } from "../transfer/store-flags.ts";
import { describeUse } from "../help-text.ts";
import type { Finish } from "../main.ts";
import type { Terminal } from "../terminal.ts";
import { addOutputFlags, type OutputFlags } from "./output-flags.ts";

export interface BackupFlags extends JobFlags, StoreFlags, OutputFlags {
  readonly retries?: string;
  readonly startedBy: string;
  readonly dryRun?: boolean;
  readonly readAll?: boolean;
}

const list = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

export function registerBackup(program: Command, terminal: Terminal, finish: Finish): void {
  const backup = program
    .command("backup")
    .description("one session of a job: sends what the store does not have, and goes on where an earlier one was cut off")
    .option("--job <file>", "a job file (see reprise job check)")
    .option("--name <name>", "without a job file: the name of the job")
    .option("--source <path>", "an image file, a block device or a folder; may be repeated", list)
    .option("--to <store>", "https://ACCOUNT.blob.core.windows.net/CONTAINER[/PREFIX] or a directory")
    .option("--machine <name>", "the machine whose disks these are (default: this one's name)")
    .option("--block-size <size>", `a power of two from 4KiB to 4MiB (default ${JOB_DEFAULTS.blockSizeBytes / 1024 / 1024}MiB)`)
    .option("--compression <codec>", "zstd, zstd:1 to zstd:19, or none (default zstd:1)")
    .option("--encrypt", "encrypt what is sent, with a key that the password wraps (default: as the store is)")
    .option("--no-encrypt", "send without encryption, also to a store that holds encrypted points")
    .option("--single-file", "one backup file per session for all machines, instead of one per machine")
    .option("--bandwidth <bytes>", "at most so many bytes a second, e.g. 10MiB")
    .option("--read-all", "read files too that size and times call unchanged")
    .option("--retries <n>", "retry failed tasks so often (default: 0 by hand, the job's number otherwise)")
    .option("--started-by <how>", "schedule, missed-at-power-on or manual", "manual")
    .option("--dry-run", "check job, sources and store, send nothing");
  addOutputFlags(addStoreFlags(backup)).action(async (flags: BackupFlags) => {
    const { runBackup } = await import("../transfer/backup-run.ts");
    finish(await runBackup(flags, terminal));
  });
  describeUse(
    backup,
    [
      "reprise backup --name nightly --source /srv/images/db.img --to https://acct.blob.core.windows.net/backups",
      "reprise backup --name home --source /home --to /mnt/backup --encrypt --password-file ~/.reprise-password",
      "reprise backup --name nightly --source /dev/vg0/data-snap --to /mnt/backup --retries 3",
    ],
    ["ok", "failed", "usage", "partly", "notFound", "locked", "password", "interrupted"],
  );
}
