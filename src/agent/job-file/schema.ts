/** The shape of a job file, one schema per level. A message of a schema says what is allowed; every unknown field is an error that lists the known ones. */
import { z } from "zod";
import { JOB_NAME, JOB_NAME_ALLOWED } from "../../policy/job/job.ts";
import { duration } from "../../settings/kinds.ts";
import { nearest } from "../../settings/nearest.ts";
import { BLOCK_SIZE_ALLOWED, COMPRESSION_ALLOWED, blockSizeOf, bytesOf, compressionOf } from "../../settings/transfer.ts";

/** Reads a value with `read`; undefined means refused. */
function value<T>(allowed: string, read: (found: unknown) => T | undefined) {
  return z.unknown().transform((found, context): T => {
    const known = found === undefined ? undefined : read(found);
    if (known !== undefined) return known;
    context.addIssue({ code: "custom", message: allowed });
    return z.NEVER;
  });
}

function fields<Shape extends z.ZodRawShape>(shape: Shape) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? `only ${known.join(", ")} (nearest: ${nearest((issue as { readonly keys?: readonly string[] }).keys?.[0] ?? "", known)})`
        : `an object with ${known.join(", ")}`,
  });
}

function list<Item extends z.ZodType>(item: Item, most: number, allowed: string) {
  return z.array(item, { error: allowed }).min(1, { error: allowed }).max(most, { error: allowed });
}

function whole(min: number, max: number) {
  const allowed = `a whole number from ${min} to ${max}`;
  return z.int({ error: allowed }).min(min, { error: allowed }).max(max, { error: allowed });
}

function time(minMs: number, maxMs: number, words: string) {
  const kind = duration({ minMs, maxMs, words });
  return value(kind.allowed, (found) => (typeof found === "string" ? kind.read(found.trim()) : undefined));
}

const textOf = (found: unknown): string | undefined =>
  typeof found === "string" ? found : typeof found === "number" ? String(found) : undefined;

const SIZE_ALLOWED = "a size like 512KiB, 10MiB, 1GiB or a number of bytes, from 1KiB on";

const name = z.string({ error: JOB_NAME_ALLOWED }).regex(JOB_NAME, { error: JOB_NAME_ALLOWED });
const PATH_ALLOWED = "a path, absolute or from the folder of the job file";
const path = z
  .string({ error: PATH_ALLOWED })
  .min(1, { error: PATH_ALLOWED })
  .max(4_096, { error: PATH_ALLOWED })
  .regex(/^\P{Cc}+$/u, { error: PATH_ALLOWED });

const COMMAND_ALLOWED = "a list of texts: a program and its arguments (no shell reads them)";
const command = list(z.string({ error: "a text" }).regex(/^[^\0]*$/, { error: "a text without a zero byte" }), 200, COMMAND_ALLOWED).refine(
  ([program = ""]) => program.trim() !== "",
  { error: "the name or path of a program", path: [0] },
);

const disk = fields({
  name: name.optional(),
  path,
  medium: z.enum(["image", "device"], { error: "image, device" }).optional(),
});
const folder = fields({ name: name.optional(), path });
const MACHINES_ALLOWED = "a list of 1 to 1000 machines";
const PARTS_ALLOWED = "a list of 1 to 1000, or no such field";
const machine = fields({
  name,
  disks: list(disk, 1_000, PARTS_ALLOWED).optional(),
  folders: list(folder, 1_000, PARTS_ALLOWED).optional(),
}).refine(({ disks, folders }) => disks !== undefined || folders !== undefined, {
  error: "at least one disk or folder: disks, folders",
});

const hook = fields({ command, limit: time(1_000, 86_400_000, "from 1s to 1d").optional() });
const ENCRYPTION_ALLOWED = "none, or an object with passwordFile or passwordCommand";

export const jobFile = fields({
  name,
  target: z
    .string({ error: "a store: the URL of a container, or a directory" })
    .min(1, { error: "a store: the URL of a container, or a directory" }),
  machines: list(machine, 1_000, MACHINES_ALLOWED),
  blockSize: value(BLOCK_SIZE_ALLOWED, (found) => blockSizeOf(textOf(found) ?? "")).optional(),
  compression: value(COMPRESSION_ALLOWED, (found) => (typeof found === "string" ? compressionOf(found) : undefined)).optional(),
  encryption: z
    .union([z.literal("none"), z.looseObject({})], { error: ENCRYPTION_ALLOWED })
    .pipe(
      z.union([
        z.literal("none"),
        fields({ passwordFile: path.optional(), passwordCommand: command.optional() }).refine(
          ({ passwordFile, passwordCommand }) => (passwordFile === undefined) !== (passwordCommand === undefined),
          { error: "exactly one of passwordFile and passwordCommand" },
        ),
      ]),
    )
    .optional(),
  stateStore: z.string({ error: "a store for locks and drafts, when the container of target is immutable" }).min(1).optional(),
  chain: fields({
    layout: z.enum(["per-machine", "single-file"], { error: "per-machine, single-file" }).optional(),
    full: fields({ afterIncrements: whole(1, 10_000).optional(), everyDays: whole(1, 3_660).optional() })
      .refine(({ afterIncrements, everyDays }) => afterIncrements !== undefined || everyDays !== undefined, {
        error: "afterIncrements or everyDays, or both",
      })
      .optional(),
  }).optional(),
  retries: fields({ count: whole(0, 99).optional(), wait: time(0, 86_400_000, "from 0s to 1d").optional() }).optional(),
  reconnect: fields({
    every: time(1_000, 3_600_000, "from 1s to 1h").optional(),
    for: time(0, 86_400_000, "from 0s to 1d").optional(),
  }).optional(),
  /** Read by `settings/schedule-list.ts`, as schedules of the cloud part are. */
  schedule: z.looseObject({}, { error: "an object with cron (or everyDays, at and from), timeZone, missedAtPowerOn" }).optional(),
  retention: fields({
    keepLast: whole(1, 100_000).optional(),
    keepDaily: whole(1, 100_000).optional(),
    keepWeekly: whole(1, 100_000).optional(),
    keepMonthly: whole(1, 100_000).optional(),
    keepYearly: whole(1, 100_000).optional(),
  }).optional(),
  hooks: fields({ before: hook.optional(), after: hook.optional() }).optional(),
  bandwidth: value(SIZE_ALLOWED, (found) => {
    const bytes = bytesOf(textOf(found) ?? "");
    return bytes === undefined || bytes < 1_024 ? undefined : bytes;
  }).optional(),
});

export type JobFileContent = z.infer<typeof jobFile>;
