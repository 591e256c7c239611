import { WORKLOADS } from "../policy/workload.ts";
import { originUrl } from "./addresses.ts";
import { duration, flag, listOf, matching, wholeNumber, word } from "./kinds.ts";
import type { Kind } from "./kinds.ts";
import { secretUrl } from "./notify.ts";
import { runStoreKind } from "./run-store-location.ts";
import { scheduleList } from "./schedule-list.ts";
import { ncrontab } from "./schedule.ts";

/** One setting: a row of the table. `T` is undefined too where there is no default. */
export interface Setting<T> {
  readonly name: `REPRISE_${string}`;
  readonly kind: Kind<T & {}>;
  /** The value while the setting is absent or empty. */
  readonly unset: T;
  /** The default as a person would type it, or in words. */
  readonly defaultText: string;
  readonly description: string;
  readonly example: string;
  /** Its value is never shown. */
  readonly secret?: boolean;
}

/** The kind of value decides the row's type, not its default. */
function row<T>(setting: Omit<Setting<T>, "kind" | "unset"> & { readonly kind: Kind<T>; readonly unset: NoInfer<T> }): Setting<T> {
  return setting as Setting<T>;
}

function optional<T>(setting: Omit<Setting<T>, "kind" | "unset"> & { readonly kind: Kind<T> }): Setting<T | undefined> {
  return { ...setting, unset: undefined } as Setting<T | undefined>;
}

type NotifyFormat = "json" | "teams" | "slack";
type NotifyWhen = "failing" | "always" | "never";

const guid = matching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, "a subscription id (GUID)", (text) => text.toLowerCase());
const namePattern = matching(/^[^\p{Cc}]{1,500}$/u, "a name, a pattern with * or an id");

/** Every setting of the cloud part. The parser, the help text and the type of the result are made from this. */
export const settingsTable = {
  armEndpoint: row({
    name: "REPRISE_ARM_ENDPOINT",
    kind: originUrl,
    unset: "https://management.azure.com",
    defaultText: "https://management.azure.com",
    description:
      "Azure Resource Manager: another cloud, or a simulated control plane. Tokens go to this host only, and none over plain http.",
    example: "https://management.usgovcloudapi.net",
  }),
  sinceMs: row({
    name: "REPRISE_SINCE",
    kind: duration({ minMs: 60_000, maxMs: 14 * 86_400_000, words: "1m to 14d (Resource Graph keeps jobs for 14 days)" }),
    unset: 86_400_000,
    defaultText: "24h",
    description: "How far back a run looks for failed jobs.",
    example: "36h",
  }),
  subscriptions: row({
    name: "REPRISE_SUBSCRIPTIONS",
    kind: listOf(guid, "subscription ids (GUIDs), separated by commas; not together with REPRISE_MANAGEMENT_GROUP"),
    unset: [],
    defaultText: "all that the identity can see",
    description: "The subscriptions to look at.",
    example: "11111111-1111-1111-1111-111111111111",
  }),
  managementGroup: optional({
    name: "REPRISE_MANAGEMENT_GROUP",
    kind: matching(
      /^[A-Za-z0-9_().-]{0,89}[A-Za-z0-9_()-]$/,
      "a management group's id: 1 to 90 of letters, digits, - _ . and ( ), not ending in a dot",
    ),
    defaultText: "none",
    description: "Look at all subscriptions under this management group.",
    example: "production",
  }),
  workloads: row({
    name: "REPRISE_WORKLOADS",
    kind: listOf(word(WORKLOADS), `of these, separated by commas: ${WORKLOADS.join(", ")}`),
    unset: ["AzureIaasVM"],
    defaultText: "AzureIaasVM",
    description: "The kinds of protected items whose failed backups are retried.",
    example: "AzureIaasVM,AzureFileShare",
  }),
  excludeVaults: row({
    name: "REPRISE_EXCLUDE_VAULTS",
    kind: listOf(namePattern, "names, patterns with * or ids, separated by commas"),
    unset: [],
    defaultText: "none",
    description: "Vaults that are left alone.",
    example: "vault-test-*",
  }),
  excludeItems: row({
    name: "REPRISE_EXCLUDE_ITEMS",
    kind: listOf(namePattern, "names, patterns with * or ids, separated by commas"),
    unset: [],
    defaultText: "none",
    description: "Protected items that are left alone.",
    example: "vm-scratch-*,vm-lab-07",
  }),
  maxAttempts: row({
    name: "REPRISE_MAX_ATTEMPTS",
    kind: wholeNumber({ min: 1, max: 10 }),
    unset: 3,
    defaultText: "3",
    description: "On-demand backups that one run starts for a protected item at most; the failed scheduled job does not count.",
    example: "2",
  }),
  expiryDays: row({
    name: "REPRISE_EXPIRY_DAYS",
    kind: wholeNumber({ min: 1, max: 3650, unit: "days" }),
    unset: 10,
    defaultText: "10",
    description: "How long the restore point of an on-demand backup is kept, counted from its trigger.",
    example: "30",
  }),
  dayCap: row({
    name: "REPRISE_DAY_CAP",
    kind: wholeNumber({ min: 1, max: 9 }),
    unset: 4,
    defaultText: "4",
    description: "On-demand backups of a protected item per UTC day at most, all that a user triggered counted.",
    example: "6",
  }),
  subscriptionPace: row({
    name: "REPRISE_SUBSCRIPTION_PACE",
    kind: wholeNumber({ min: 1, max: 10_000 }),
    unset: 570,
    defaultText: "570",
    description: "Backups that all runs and instances together start in a subscription per minute, a third of them at once.",
    example: "120",
  }),
  vaultPace: row({
    name: "REPRISE_VAULT_PACE",
    kind: wholeNumber({ min: 1, max: 10_000 }),
    unset: 300,
    defaultText: "300",
    description: "The same for each vault.",
    example: "30",
  }),
  pollSeconds: row({
    name: "REPRISE_POLL_SECONDS",
    kind: wholeNumber({ min: 1, max: 3600, unit: "seconds" }),
    unset: 300,
    defaultText: "300",
    description: "Time between two looks at a vault's running jobs.",
    example: "60",
  }),
  backoffFirstSeconds: optional({
    name: "REPRISE_BACKOFF_FIRST_SECONDS",
    kind: wholeNumber({ min: 0, max: 86_400, unit: "seconds" }),
    defaultText: "by error code",
    description: "Wait before the first repeat, in place of the delay that the catalogue gives for the error code.",
    example: "600",
  }),
  backoffMaxSeconds: row({
    name: "REPRISE_BACKOFF_MAX_SECONDS",
    kind: wholeNumber({ min: 0, max: 86_400, unit: "seconds" }),
    unset: 14_400,
    defaultText: "14400",
    description: "The longest wait between two attempts; not less than REPRISE_BACKOFF_FIRST_SECONDS.",
    example: "7200",
  }),
  runDeadlineHours: row({
    name: "REPRISE_RUN_DEADLINE_HOURS",
    kind: wholeNumber({ min: 1, max: 47, unit: "hours" }),
    unset: 22,
    defaultText: "22",
    description: "A run starts no wait that ends later than this after its start; the next run takes what is left.",
    example: "10",
  }),
  jobDeadlineHours: row({
    name: "REPRISE_JOB_DEADLINE_HOURS",
    kind: wholeNumber({ min: 1, max: 47, unit: "hours" }),
    unset: 24,
    defaultText: "24",
    description: "How long a run follows one backup job; the run's own deadline applies as well.",
    example: "12",
  }),
  requestTimeoutSeconds: row({
    name: "REPRISE_REQUEST_TIMEOUT_SECONDS",
    kind: wholeNumber({ min: 1, max: 600, unit: "seconds" }),
    unset: 60,
    defaultText: "60",
    description: "A request to Azure without an answer for this long counts as lost.",
    example: "30",
  }),
  schedule: row({
    name: "REPRISE_SCHEDULE",
    kind: ncrontab,
    unset: "0 0 13 * * *",
    defaultText: "0 0 13 * * *",
    description: "When a run starts, in UTC: the short form for one schedule; not together with REPRISE_SCHEDULES.",
    example: "0 30 6 * * MON-FRI",
  }),
  schedules: optional({
    name: "REPRISE_SCHEDULES",
    kind: scheduleList,
    defaultText: "the one of REPRISE_SCHEDULE",
    description:
      "Several schedules, each with its own times, time zone (IANA, default UTC), first and last day (startDate, endDate), quietHours (from, to: no run starts then) and request (the fields of POST /api/runs).",
    example: '[{"name":"two","everyDays":2,"at":"02:00","from":"2026-12-01"}]',
  }),
  scheduleEnabled: row({
    name: "REPRISE_SCHEDULE_ENABLED",
    kind: flag,
    unset: true,
    defaultText: "true",
    description: "Whether runs start by the schedule; runs by hand are always possible.",
    example: "false",
  }),
  httpAuth: row({
    name: "REPRISE_HTTP_AUTH",
    kind: word(["function", "anonymous"]),
    unset: "function",
    defaultText: "function",
    description: "Who may call the HTTP routes: whoever has a key of the app, or anybody (only with a sign-in in front of the app).",
    example: "anonymous",
  }),
  notifyUrl: optional({
    name: "REPRISE_NOTIFY_URL",
    kind: secretUrl,
    defaultText: "none",
    description: "A webhook that is told how a run ended, once per run. Redirects are not followed.",
    example: "https://hooks.example.com/reprise",
    secret: true,
  }),
  notifyFormat: row({
    name: "REPRISE_NOTIFY_FORMAT",
    kind: word<NotifyFormat>(["json", "teams", "slack"]),
    unset: "json",
    defaultText: "json",
    description: "What the webhook takes: plain JSON, a Teams workflow's Adaptive Card, or Slack blocks.",
    example: "teams",
  }),
  notifyWhen: row({
    name: "REPRISE_NOTIFY_WHEN",
    kind: word<NotifyWhen>(["failing", "always", "never"]),
    unset: "failing",
    defaultText: "failing",
    description:
      "Which runs are told: those after which items still fail, that failed themselves or could not look at everything; all; none.",
    example: "always",
  }),
  notifyLink: optional({
    name: "REPRISE_NOTIFY_LINK",
    kind: originUrl,
    defaultText: "none",
    description: "Where people reach this app, for a link to the report in messages.",
    example: "https://contoso-reprise.azurewebsites.net",
  }),
  notifyHeartbeatUrl: optional({
    name: "REPRISE_NOTIFY_HEARTBEAT_URL",
    kind: secretUrl,
    defaultText: "none",
    description: "Fetched once after every completed run, so that a monitor notices when runs stop.",
    example: "https://heartbeat.example.com/reprise",
    secret: true,
  }),
  notifySimulated: row({
    name: "REPRISE_NOTIFY_SIMULATED",
    kind: flag,
    unset: false,
    defaultText: "false",
    description: "Whether runs against a simulated control plane are told too.",
    example: "true",
  }),
  store: optional({
    name: "REPRISE_STORE",
    kind: runStoreKind,
    defaultText: "container reprise-runs in the account of AzureWebJobsStorage; without one the directory .reprise",
    description: "Where runs, claims and reports are kept.",
    example: "https://contosoruns.blob.core.windows.net/reprise/production",
  }),
};

/** Names that are not ours and are listed in the help text. */
export const standardNames: readonly (readonly [name: string, description: string])[] = [
  ["AzureWebJobsStorage", "Connection string of the function's storage account (UseDevelopmentStorage=true: the emulator). A secret."],
  ["AzureWebJobsStorage__accountName", "The same account by name, opened by identity."],
  ["AzureWebJobsStorage__blobServiceUri", "The same account by the URL of its blob service, opened by identity."],
  ["AZURE_TENANT_ID", "Read by the identity library: the tenant to sign in to."],
  ["AZURE_CLIENT_ID", "Read by the identity library: a user-assigned identity, or an application."],
  ["AZURE_CLIENT_SECRET", "Read by the identity library: an application's secret. Prefer a certificate or a managed identity."],
  ["AZURE_CLIENT_CERTIFICATE_PATH", "Read by the identity library: an application's certificate."],
  ["AZURE_FEDERATED_TOKEN_FILE", "Read by the identity library: workload identity in Kubernetes."],
  ["AZURE_AUTHORITY_HOST", "Read by the identity library: where to sign in, for other clouds."],
];
