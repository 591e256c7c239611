/** A job from flags: `--name N --source PATH… --to STORE`. */
import { hostname } from "node:os";
import { basename, resolve } from "node:path";
import { statSync } from "node:fs";
import { JOB_DEFAULTS, JOB_NAME, JOB_NAME_ALLOWED, type AgentJob, type DiskScope, type FolderScope } from "../../policy/job/job.ts";
import { UsageError } from "../terminal.ts";
import { readBlockSize, readCompression, readSize } from "./sizes.ts";

export interface JobFlags {
  readonly job?: string;
  readonly name?: string;
  readonly source?: readonly string[];
  readonly to?: string;
  readonly machine?: string;
  readonly blockSize?: string;
  readonly compression?: string;
  readonly encrypt?: boolean;
  readonly singleFile?: boolean;
  readonly bandwidth?: string;
}

export function jobFromFlags(flags: JobFlags): AgentJob {
  const { name, source = [], to } = flags;
  const missing = [name === undefined && "--name", source.length === 0 && "--source", to === undefined && "--to"].filter(Boolean);
  if (name === undefined || to === undefined || missing.length > 0)
    throw new UsageError(`backup: found no ${missing.join(", ")}; allowed: --job FILE, or --name N --source PATH… --to STORE.`);
  const machine = flags.machine ?? hostname();
  for (const [flag, value] of [
    ["--name", name],
    ["--machine", machine],
  ] as const)
    if (!JOB_NAME.test(value)) throw new UsageError(`${flag}: found ${JSON.stringify(value)}; allowed: ${JOB_NAME_ALLOWED}.`);
  const disks: DiskScope[] = [];
  const folders: FolderScope[] = [];
  const names = new Set<string>();
  for (const path of source.map((each) => resolve(each))) {
    const part = { name: uniqueName(basename(path) || "root", names), path };
    // What is not there fails as a task, like any other source that cannot be read.
    const info = statSync(path, { throwIfNoEntry: false });
    if (info?.isDirectory() === true) folders.push(part);
    else disks.push({ ...part, medium: info?.isBlockDevice() === true ? "device" : "image" });
  }
  return {
    name,
    target: to,
    machines: [{ name: machine, disks, folders }],
    ...JOB_DEFAULTS,
    ...(flags.blockSize !== undefined && { blockSizeBytes: readBlockSize(flags.blockSize) }),
    ...(flags.compression !== undefined && { compression: readCompression(flags.compression) }),
    ...(flags.singleFile && { chain: { layout: "single-file" as const } }),
    ...(flags.bandwidth !== undefined && {
      bandwidthBytesPerSecond: readSize("--bandwidth", flags.bandwidth, "bytes a second, like 10MiB"),
    }),
  };
}

/** Two sources with the same last name are told apart by a number. */
function uniqueName(name: string, taken: Set<string>): string {
  let unique = name;
  for (let number = 2; taken.has(unique); number++) unique = `${name}-${number}`;
  taken.add(unique);
  return unique;
}
