/** The shape of an estate file, one schema per level. Every unknown field is an error that lists the known ones. */
import { z } from "zod";
import { isoMs, isTime, relativeMs, TIME_FORMS } from "./times.ts";

const VAULT_KINDS = ["RecoveryServices", "DataProtection"] as const;
export type VaultKind = (typeof VAULT_KINDS)[number];

export const WORKLOADS = {
  RecoveryServices: [
    "AzureIaasVM",
    "AzureFileShare",
    "SQLDataBase",
    "SAPHanaDatabase",
    "SAPAseDatabase",
    "MAB",
    "DPM",
    "AzureBackupServer",
  ],
  DataProtection: ["AzureDisk", "AzureBlob", "AzureDatabaseForPostgreSQL", "AzureKubernetesService"],
} as const;
export type Workload = (typeof WORKLOADS)[VaultKind][number];
const ALL_WORKLOADS = [...WORKLOADS.RecoveryServices, ...WORKLOADS.DataProtection] as const;

/** Recovery Services words; `Started` and `Succeeded` are said by Backup vaults. */
const JOB_STATUSES = [
  "Completed",
  "CompletedWithWarnings",
  "Failed",
  "InProgress",
  "Cancelled",
  "Cancelling",
  "Started",
  "Succeeded",
] as const;
/** What a triggered job can end as. */
const END_STATUSES = ["Completed", "CompletedWithWarnings", "Failed", "Cancelled", "Succeeded"] as const;

const OPERATIONS = [
  "Backup",
  "Restore",
  "ConfigureBackup",
  "DisableBackup",
  "DeleteBackupData",
  "Register",
  "UnRegister",
  "CrossRegionRestore",
  "Undelete",
] as const;

const PROTECTION_STATES = [
  "Protected",
  "IRPending",
  "ProtectionError",
  "ProtectionStopped",
  "ProtectionPaused",
  "BackupsSuspended",
  "Invalid",
] as const;

const FAULT_TARGETS = ["graph", "subscriptions", "trigger", "operation", "jobs", "job", "any"] as const;
export type FaultTarget = (typeof FAULT_TARGETS)[number];
const FAULT_ACTIONS = ["throttle", "status", "drop-connection", "accept-and-drop-connection", "delay", "stale", "vault-deleted"] as const;

/** Where a vault lies when the file does not say. An item lies in its vault's group then. */
export const DEFAULT_VAULT_GROUP = "rg-backup";
export const DEFAULT_LOCATION = "westeurope";

/** Like `z.strictObject`, with the known fields named in the error. */
function exactly<T extends z.core.$ZodLooseShape>(shape: T) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys" ? Object.keys(shape).join(", ") : issue.input === undefined ? "an object" : undefined,
  });
}

const name = (pattern: RegExp, allowed: string) => z.string().regex(pattern, { error: allowed });
const anyTime = z.string().refine(isTime, { error: TIME_FORMS });
const duration = z.string().refine((text) => (relativeMs(text) ?? -1) >= 0, { error: "a duration such as 20m, 1h30m or 45s" });
const count = z.int({ error: "a whole number, 1 or more" }).min(1, { error: "a whole number, 1 or more" });
const seconds = z.number({ error: "a number of seconds, 0 or more" }).min(0, { error: "a number of seconds, 0 or more" });
/** The symbol (`UserError…`) or the number that a job shows. */
const errorCode = z.union([z.string().regex(/^[A-Za-z][\w.-]{0,119}$/), z.int().min(1)], {
  error: "an error symbol such as CloudInternalError, or a whole number",
});
const azureName = name(/^[\w.()-]{1,90}$/, "1 to 90 letters, digits, dots, hyphens, underscores or round brackets");

/**
 * A job exists from its `start` and runs until its `end`, when it takes its `status`. Without an end, a job that is `InProgress`, `Started` or
 * `Cancelling` runs on, and any other ended ten minutes after its start. With an end in the future, a job that is `InProgress` or `Started` then
 * completes and one that is `Cancelling` is then cancelled.
 */
const jobSchema = exactly({
  status: z.enum(JOB_STATUSES),
  start: anyTime,
  end: anyTime.optional(),
  operation: z.enum(OPERATIONS).optional(),
  userTriggered: z.boolean().optional(),
  errorCode: errorCode.optional(),
});

const nextSchema = exactly({
  status: z.enum(END_STATUSES),
  after: duration.optional(),
  errorCode: errorCode.optional(),
});

const NAME_LENGTH = "1 to 1024 characters";

const itemSchema = exactly({
  /** Free text: it becomes the friendly name as it stands; what cannot stand in an id is replaced there. */
  name: z.string().min(1, { error: NAME_LENGTH }).max(1_024, { error: NAME_LENGTH }),
  workload: z.enum(ALL_WORKLOADS),
  resourceGroup: azureName.optional(),
  tags: z.record(z.string(), z.string()).optional(),
  protectionState: z.enum(PROTECTION_STATES).optional(),
  softDeleted: z.boolean().optional(),
  lastRecoveryPoint: anyTime.optional(),
  policy: azureName.optional(),
  jobs: z.array(jobSchema).optional(),
  next: z.array(nextSchema).min(1, { error: "at least one outcome, or no `next`" }).optional(),
});

/** `intervalHours`: how often the policy backs up. Rules and tags exist in Backup vaults only. */
const policySchema = exactly({
  name: azureName,
  intervalHours: z.number().positive({ error: "a number above 0" }).optional(),
  rules: z.array(exactly({ name: azureName, tag: azureName.optional() })).optional(),
  tags: z.array(exactly({ name: azureName, retentionDays: count })).optional(),
});

const vaultSchema = exactly({
  name: name(/^[A-Za-z][\w-]{0,49}$/, "a letter, then up to 49 letters, digits, hyphens or underscores"),
  kind: z.enum(VAULT_KINDS),
  resourceGroup: azureName.optional(),
  location: name(/^[a-z0-9]{1,40}$/, "a region such as westeurope").optional(),
  policies: z.array(policySchema).optional(),
  forbidden: z.boolean().optional(),
  /** What the identity may not do at this vault, as in a role's `notActions`; the calls that need it answer 403, and the rows it hides are hidden. */
  deniedActions: z
    .array(
      name(
        /^[A-Za-z.]+(?:\/(?:\w+|\*))+$|^\*(?:\/\w+)*$/,
        "an action such as Microsoft.RecoveryServices/Vaults/backupJobs/read, parts of it as *",
      ),
    )
    .min(1, { error: "at least one action, or no `deniedActions`" })
    .optional(),
  items: z.array(itemSchema),
});

const subscriptionSchema = exactly({
  id: z.guid({ error: "a GUID" }),
  name: z.string().min(1, { error: "at least one character" }).optional(),
  vaults: z.array(vaultSchema),
});

/**
 * `code` of `status`: a number is the HTTP status (the error code follows from it); text is the error code, and the HTTP status is the usual one of
 * that code or the one in `status`. Without `times` a fault lasts for ever.
 */
const faultSchema = exactly({
  on: z.enum(FAULT_TARGETS),
  do: z.enum(FAULT_ACTIONS),
  subscription: z.string().optional(),
  vault: z.string().optional(),
  item: z.string().optional(),
  times: count.optional(),
  retryAfterSeconds: seconds.optional(),
  code: z
    .union([z.int().min(400).max(599), z.string().regex(/^[A-Za-z][\w.-]{0,119}$/)], {
      error: "an HTTP status from 400 to 599, or an error symbol",
    })
    .optional(),
  status: z.int({ error: "an HTTP status from 400 to 599" }).min(400).max(599).optional(),
  seconds: seconds.optional(),
});

export const estateSchema = exactly({
  now: z
    .string()
    .refine((text) => isoMs(text) !== undefined, { error: "ISO 8601 such as 2026-11-20T13:00:00Z" })
    .optional(),
  speed: z.number().positive({ error: "a number above 0" }).optional(),
  symbols: z.boolean().optional(),
  subscriptions: z.array(subscriptionSchema).min(1, { error: "at least one subscription" }),
  faults: z.array(faultSchema).optional(),
});

export type Estate = z.infer<typeof estateSchema>;
export type EstateVault = z.infer<typeof vaultSchema>;
export type EstateItem = z.infer<typeof itemSchema>;
export type EstateJob = z.infer<typeof jobSchema>;
export type EstateNext = z.infer<typeof nextSchema>;
export type EstateFault = z.infer<typeof faultSchema>;
