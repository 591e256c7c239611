/** Which call a URL is: case-insensitive, parts decoded, names resolved to what they name. */
import type { FaultTarget } from "../estate/schema.ts";
import type { Operation, Operations } from "../state/operations.ts";
import { type Item, type Job, type Subscription, type Tenant, type Vault, vaultKey } from "../state/tenant.ts";

type CallName =
  | "graph"
  | "subscriptions"
  | "tagged-resources"
  | "trigger"
  | "operation-status"
  | "operation-result"
  | "jobs"
  | "job"
  | "item"
  | "items"
  | "permissions";

interface Pattern {
  readonly call: CallName;
  readonly method: "GET" | "POST";
  readonly target: FaultTarget | undefined;
  readonly parts: readonly string[];
}

const VAULT = "subscriptions/{subscription}/resourcegroups/{group}/providers/microsoft.recoveryservices/vaults/{vault}";
const BACKUP_VAULT = "subscriptions/{subscription}/resourcegroups/{group}/providers/microsoft.dataprotection/backupvaults/{backupvault}";
const PERMISSIONS = "providers/microsoft.authorization/permissions";
const ITEM = `${VAULT}/backupfabrics/{fabric}/protectioncontainers/{container}/protecteditems/{item}`;

function pattern(call: CallName, method: Pattern["method"], path: string, target?: FaultTarget): Pattern {
  return { call, method, target, parts: path.split("/") };
}

const PATTERNS: readonly Pattern[] = [
  pattern("graph", "POST", "providers/microsoft.resourcegraph/resources", "graph"),
  pattern("subscriptions", "GET", "subscriptions", "subscriptions"),
  pattern("tagged-resources", "GET", "subscriptions/{subscription}/resources"),
  pattern("trigger", "POST", `${ITEM}/backup`, "trigger"),
  pattern("operation-status", "GET", `${ITEM}/operationsstatus/{operation}`, "operation"),
  pattern("operation-result", "GET", `${ITEM}/operationresults/{operation}`, "operation"),
  pattern("operation-status", "GET", `${VAULT}/backupoperations/{operation}`, "operation"),
  pattern("jobs", "GET", `${VAULT}/backupjobs`, "jobs"),
  pattern("job", "GET", `${VAULT}/backupjobs/{job}`, "job"),
  pattern("item", "GET", ITEM),
  pattern("items", "GET", `${VAULT}/backupprotecteditems`),
  // A fault on `subscriptions` that names one means this call; those at vaults are reached by `any` alone.
  pattern("permissions", "GET", `subscriptions/{subscription}/${PERMISSIONS}`, "subscriptions"),
  pattern("permissions", "GET", `${VAULT}/${PERMISSIONS}`),
  pattern("permissions", "GET", `${BACKUP_VAULT}/${PERMISSIONS}`),
];

export interface Route {
  readonly call: CallName;
  readonly target: FaultTarget | undefined;
  /** What was named in the path, whether or not it exists. */
  readonly names: Readonly<Record<string, string>>;
  readonly subscription: Subscription | undefined;
  readonly vault: Vault | undefined;
  readonly item: Item | undefined;
  readonly operation: Operation | undefined;
  readonly job: Job | undefined;
}

/** Undefined when nothing answers at that path; `methodNotAllowed` when something does, but not to that method. */
export function routeOf(method: string, path: string, tenant: Tenant, operations: Operations): Route | "methodNotAllowed" | undefined {
  const parts = decodedParts(path);
  if (parts === undefined) return undefined;
  let otherMethod = false;
  for (const candidate of PATTERNS) {
    const names = match(candidate.parts, parts);
    if (names === undefined) continue;
    if (candidate.method === method) return resolve(candidate, names, tenant, operations);
    otherMethod = true;
  }
  return otherMethod ? "methodNotAllowed" : undefined;
}

function decodedParts(path: string): string[] | undefined {
  try {
    return path
      .split("/")
      .filter((part) => part !== "")
      .map((part) => decodeURIComponent(part));
  } catch {
    return undefined;
  }
}

function match(wanted: readonly string[], parts: readonly string[]): Record<string, string> | undefined {
  if (wanted.length !== parts.length) return undefined;
  const names: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const given = parts[index] ?? "";
    if (part.startsWith("{")) names[part.slice(1, -1)] = given;
    else if (part !== given.toLowerCase()) return undefined;
  }
  return names;
}

function resolve({ call, target }: Pattern, names: Readonly<Record<string, string>>, tenant: Tenant, operations: Operations): Route {
  const { subscription: subscriptionId = "", group = "", vault: vaultName = "", container = "", item: itemName = "" } = names;
  const subscription = tenant.subscriptionsById.get(subscriptionId.toLowerCase());
  const { backupvault } = names;
  const vault = tenant.vaults.get(
    backupvault === undefined
      ? vaultKey(subscriptionId, group, "RecoveryServices", vaultName)
      : vaultKey(subscriptionId, group, "DataProtection", backupvault),
  );
  // Names in the URLs of an operation differ from those of the trigger, so an operation is found by its id alone.
  const operation = names["operation"] === undefined ? undefined : operations.byId(names["operation"]);
  const job = names["job"] === undefined ? undefined : vault?.jobsById.get(names["job"].toLowerCase());
  const item = operation?.item ?? job?.item ?? vault?.itemsByPath.get(`${container}/${itemName}`.toLowerCase());
  return { call, target, names, subscription, vault, item, operation: operation?.item.vault === vault ? operation : undefined, job };
}
