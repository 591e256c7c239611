/** Short ways to write jobs and candidates in tests. Times are hours relative to `NOW`. */
import { CandidateFold, type Candidate, type JobFacts } from "../../src/policy/candidate.ts";
import type { BackupJob } from "../../src/policy/job.ts";
import type { RunRules } from "../../src/policy/run.ts";
import { HOUR_MS } from "../../src/policy/times.ts";

export const NOW = Date.UTC(2026, 10, 20, 13);
export const hours = (offset: number): number => NOW + offset * HOUR_MS;

const VAULT = {
  id: "/subscriptions/s/resourceGroups/rg-backup/providers/Microsoft.RecoveryServices/vaults/vault-weu",
  name: "vault-weu",
  kind: "RecoveryServices",
  subscriptionId: "s",
  resourceGroup: "rg-backup",
} as const;

let counter = 0;
export function job(status: string, startHours: number, endHours?: number, more: Partial<BackupJob> = {}): BackupJob {
  const item = more.itemName ?? "vm;iaasvmcontainerv2;rg-app;vm-1";
  return {
    id: `${VAULT.id}/backupJobs/job-${++counter}`,
    name: `job-${counter}`,
    vault: VAULT,
    itemId: `${VAULT.id}/backupFabrics/Azure/protectionContainers/iaasvmcontainer;iaasvmcontainerv2;rg-app;vm-1/protectedItems/${item}`,
    itemName: item,
    friendlyName: "vm-1",
    workload: "AzureIaasVM",
    status,
    operation: "backup",
    userTriggered: false,
    startMs: hours(startHours),
    ...(endHours !== undefined && { endMs: hours(endHours) }),
    ...more,
  };
}

export function candidateOf(...jobs: BackupJob[]): Candidate {
  const fold = new CandidateFold(NOW);
  for (const each of jobs) fold.add(each);
  const [candidate, ...others] = fold.candidates();
  if (candidate === undefined || others.length > 0) throw new Error("expected jobs of one item, one of them failed");
  return candidate;
}

export function factsOf(from: BackupJob): JobFacts {
  const { name, status, startMs, endMs, userTriggered } = from;
  return { name, status, startMs, ...(endMs !== undefined && { endMs }), userTriggered };
}

export const RULES: RunRules = {
  maxAttempts: 3,
  expiryDays: 10,
  force: false,
  dryRun: false,
  enabledWorkloads: ["AzureIaasVM"],
  excludeVaults: [],
  excludeItems: [],
  pollMs: 300_000,
  backoffMaxMs: 4 * HOUR_MS,
  jobDeadlineMs: 24 * HOUR_MS,
  dayCap: 4,
};
