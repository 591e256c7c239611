/** A job of the agent to begin with, and any job at all. */
import fc from "fast-check";
import { JOB_DEFAULTS, type AgentJob, type MachineScope } from "../../src/policy/job/job.ts";

export function machine(name: string, disks: readonly string[] = ["data"]): MachineScope {
  return { name, disks: disks.map((disk) => ({ name: disk, path: `/images/${name}-${disk}.img`, medium: "image" as const })), folders: [] };
}

export function agentJob(more: Partial<AgentJob> = {}): AgentJob {
  return { ...JOB_DEFAULTS, name: "nightly", machines: [machine("m1"), machine("m2")], target: "/backups/nightly", ...more };
}

const word = fc.constantFrom("a", "b", "c", "d");
const path = fc.constantFrom("/one", "/two", "/three");
const count = fc.nat({ max: 5 });
const sized = fc.integer({ min: 1, max: 1 << 24 });
const hook = fc.record({ command: fc.array(word, { minLength: 1, maxLength: 2 }), limitMs: sized });
const uniqueByName = { selector: ({ name }: { name: string }): string => name, maxLength: 3 };

const anyMachine = fc.record({
  name: word,
  disks: fc.uniqueArray(fc.record({ name: word, path, medium: fc.constantFrom("image" as const, "device" as const) }), uniqueByName),
  folders: fc.uniqueArray(fc.record({ name: fc.constantFrom("x", "y"), path }), uniqueByName),
});

/** One arbitrary per field, so that a single field of a job can be changed. */
export const JOB_FIELDS: { readonly [Key in keyof AgentJob]-?: fc.Arbitrary<Exclude<AgentJob[Key], undefined>> } = {
  name: word,
  machines: fc.uniqueArray(anyMachine, uniqueByName),
  target: fc.constantFrom("/backups", "https://account.blob.core.windows.net/one", "https://account.blob.core.windows.net/two"),
  blockSizeBytes: sized,
  compression: fc.oneof(fc.constant({ codec: "none" as const }), fc.record({ codec: fc.constant("zstd" as const), level: count })),
  encryption: fc.oneof(
    fc.constant({ kind: "none" as const }),
    fc.record({ kind: fc.constant("password" as const), passwordFile: path }),
    fc.record({ kind: fc.constant("password" as const), passwordCommand: fc.array(word, { minLength: 1, maxLength: 2 }) }),
  ),
  chain: fc.record(
    {
      layout: fc.constantFrom("per-machine" as const, "single-file" as const),
      full: fc.record({ afterIncrements: count, everyDays: count }, { requiredKeys: [] }),
    },
    { requiredKeys: ["layout"] },
  ),
  retries: fc.record({ count, waitMs: sized }),
  reconnect: fc.record({ everyMs: sized, forMs: sized }),
  schedule: fc.record(
    {
      times: fc.oneof(
        fc.record({ kind: fc.constant("cron" as const), cron: fc.constantFrom("0 0 1 * * *", "0 0 2 * * *") }),
        fc.record({ kind: fc.constant("every-days" as const), days: count, atMinute: count, from: fc.constant("2026-11-20") }),
      ),
      timeZone: fc.constantFrom("UTC", "Europe/Berlin"),
      startDate: fc.constant("2026-11-20"),
      endDate: fc.constant("2026-12-20"),
      quietHours: fc.record({ fromMinute: count, toMinute: count }),
      missedAtPowerOn: fc.boolean(),
    },
    { requiredKeys: ["times", "timeZone", "missedAtPowerOn"] },
  ),
  retention: fc.record(
    { keepLast: count, keepDaily: count, keepWeekly: count, keepMonthly: count, keepYearly: count },
    { requiredKeys: [] },
  ),
  hooks: fc.record({ before: hook, after: hook }, { requiredKeys: [] }),
  bandwidthBytesPerSecond: sized,
};

export const anyJob: fc.Arbitrary<AgentJob> = fc.record(JOB_FIELDS, {
  requiredKeys: (Object.keys(JOB_FIELDS) as (keyof AgentJob)[]).filter((key) => key !== "schedule" && key !== "bandwidthBytesPerSecond"),
});
