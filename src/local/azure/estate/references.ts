/** Rules of an estate that span more than one field: what must be unique, and which fields go together. */
import { EstateError } from "./estate-error.ts";
import { idName } from "./id-names.ts";
import { DEFAULT_VAULT_GROUP, type Estate, type EstateFault, type EstateItem, type EstateVault, WORKLOADS } from "./schema.ts";
import { resolveTime } from "./times.ts";

/** @throws EstateError at the first rule that is broken. */
export function checkReferences(estate: Estate, source: string): void {
  const fail = (path: string, found: string, allowed: string): never => {
    throw new EstateError(source, path, found, allowed);
  };
  const baseMs = estate.now === undefined ? Date.now() : resolveTime(estate.now, 0);
  const subscriptions = new Set<string>();
  for (const [s, subscription] of estate.subscriptions.entries()) {
    const at = `subscriptions[${s}]`;
    if (!add(subscriptions, subscription.id)) fail(`${at}.id`, `${subscription.id} a second time`, "each subscription once");
    const vaults = new Set<string>();
    for (const [v, vault] of subscription.vaults.entries()) {
      const vaultAt = `${at}.vaults[${v}]`;
      if (!add(vaults, `${vault.kind}/${vault.resourceGroup ?? DEFAULT_VAULT_GROUP}/${vault.name}`))
        fail(`${vaultAt}.name`, `"${vault.name}" a second time`, "each vault once");
      checkPolicies(vault, vaultAt, fail);
      const items = new Set<string>();
      for (const [i, item] of vault.items.entries()) {
        const itemAt = `${vaultAt}.items[${i}]`;
        const key = `${item.workload}/${item.resourceGroup ?? ""}/${idName(item.name)}`;
        if (!add(items, key))
          fail(`${itemAt}.name`, `"${item.name}" a second time`, "each item of a workload and resource group once per vault");
        checkItem(item, vault, itemAt, baseMs, fail);
      }
    }
  }
  for (const [f, fault] of (estate.faults ?? []).entries()) checkFault(fault, `faults[${f}]`, estate, fail);
}

/** Words of a job that has not ended. */
const RUNNING: ReadonlySet<string> = new Set(["InProgress", "Started", "Cancelling"]);

type Fail = (path: string, found: string, allowed: string) => never;

function add(seen: Set<string>, text: string): boolean {
  const key = text.toLowerCase();
  const fresh = !seen.has(key);
  seen.add(key);
  return fresh;
}

function checkPolicies(vault: EstateVault, at: string, fail: Fail): void {
  const names = new Set<string>();
  for (const [p, policy] of (vault.policies ?? []).entries()) {
    if (!add(names, policy.name)) fail(`${at}.policies[${p}].name`, `"${policy.name}" a second time`, "each policy once per vault");
    const field = policy.rules !== undefined ? "rules" : policy.tags !== undefined ? "tags" : undefined;
    if (vault.kind === "RecoveryServices" && field !== undefined)
      fail(`${at}.policies[${p}].${field}`, "a list in a RecoveryServices vault", "rules and tags in DataProtection vaults only");
  }
}

function checkItem(item: EstateItem, vault: EstateVault, at: string, baseMs: number, fail: Fail): void {
  const allowed: readonly string[] = WORKLOADS[vault.kind];
  if (!allowed.includes(item.workload)) fail(`${at}.workload`, `"${item.workload}" in a ${vault.kind} vault`, allowed.join(", "));
  const backupVaultWords = vault.kind === "DataProtection";
  for (const [j, job] of (item.jobs ?? []).entries()) {
    const jobAt = `${at}.jobs[${j}]`;
    if (!backupVaultWords && (job.status === "Started" || job.status === "Succeeded"))
      fail(
        `${jobAt}.status`,
        `"${job.status}" in a RecoveryServices vault`,
        "Completed, CompletedWithWarnings, Failed, InProgress, Cancelled, Cancelling",
      );
    if (job.end !== undefined && resolveTime(job.end, baseMs) < resolveTime(job.start, baseMs))
      fail(`${jobAt}.end`, `"${job.end}"`, `a time not before the start, "${job.start}"`);
    if (job.end !== undefined && RUNNING.has(job.status) && resolveTime(job.end, baseMs) <= baseMs)
      fail(`${jobAt}.end`, `"${job.end}" for a job that is ${job.status}`, "no end, or one in the future");
    if (job.errorCode !== undefined && job.status !== "Failed" && job.status !== "CompletedWithWarnings")
      fail(`${jobAt}.errorCode`, JSON.stringify(job.errorCode), "an error code only where the status is Failed or CompletedWithWarnings");
  }
}

const same = (a: string | undefined, b: string | undefined): boolean => a?.toLowerCase() === b?.toLowerCase();

function checkFault(fault: EstateFault, at: string, estate: Estate, fail: Fail): void {
  const wrong = (field: keyof EstateFault, allowed: string): never =>
    fail(`${at}.${field}`, JSON.stringify(fault[field]) ?? "nothing", allowed);
  const isStatus = fault.do === "status";
  if (isStatus && fault.code === undefined) wrong("code", "an HTTP status from 400 to 599, or an error symbol, for `status`");
  if (!isStatus && fault.code !== undefined) wrong("code", "`code` with `do: status` only");
  if (fault.status !== undefined && typeof fault.code !== "string")
    wrong("status", "`status` only beside a `code` that is an error symbol");
  if ((fault.do === "delay" || fault.do === "stale") && fault.seconds === undefined)
    wrong("seconds", `a number of seconds for \`${fault.do}\``);
  if (fault.do !== "delay" && fault.do !== "stale" && fault.seconds !== undefined) wrong("seconds", "`seconds` with delay and stale only");
  if (fault.do !== "throttle" && fault.retryAfterSeconds !== undefined)
    wrong("retryAfterSeconds", "`retryAfterSeconds` with throttle only");
  if (fault.do === "stale" && fault.on !== "graph") wrong("on", "graph, for stale");
  if (fault.do === "accept-and-drop-connection" && fault.on !== "trigger") wrong("on", "trigger, for accept-and-drop-connection");
  if (fault.do === "vault-deleted" && (fault.on === "graph" || fault.on === "subscriptions"))
    wrong("on", "trigger, operation, jobs, job or any, for vault-deleted");

  const subscriptions = estate.subscriptions.filter(
    (one) => fault.subscription === undefined || same(one.id, fault.subscription) || same(one.name, fault.subscription),
  );
  if (subscriptions.length === 0) wrong("subscription", "the id or name of a subscription of this estate");
  const vaults = subscriptions.flatMap((one) => one.vaults).filter((one) => fault.vault === undefined || same(one.name, fault.vault));
  if (vaults.length === 0 && fault.vault !== undefined) wrong("vault", "the name of a vault of this estate");
  if (fault.item !== undefined && !vaults.some((vault) => vault.items.some((item) => same(item.name, fault.item))))
    wrong("item", "the name of an item of this estate");
}
