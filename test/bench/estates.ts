/** The estates of the bench: a generated one, and an outage in which every item failed alike and can be retried at once. */
import type { Estate } from "../../src/local/azure/estate/schema.ts";
import { generateEstate } from "../../src/local/azure/generate.ts";

export type EstateSpec =
  | { readonly generate: string }
  | { readonly outage: { readonly items: number; readonly subscriptions: number; readonly vaults: number } };

/** How long the backups of the outage take. */
export const OUTAGE_JOB_MS = 30 * 60_000;

export function estateOf(spec: EstateSpec): Estate {
  return "generate" in spec ? generateEstate(spec.generate) : outage(spec.outage);
}

function outage({
  items,
  subscriptions,
  vaults,
}: {
  readonly items: number;
  readonly subscriptions: number;
  readonly vaults: number;
}): Estate {
  return {
    now: "2026-11-20T13:00:00Z",
    subscriptions: Array.from({ length: subscriptions }, (_, subscription) => ({
      id: `${String(subscription + 1).padStart(8, "0")}-0000-4000-8000-000000000000`,
      name: `outage-${subscription + 1}`,
      vaults: Array.from({ length: vaults / subscriptions }, (_, place) => {
        const vault = subscription * (vaults / subscriptions) + place;
        return {
          name: `vault-${vault + 1}`,
          kind: "RecoveryServices" as const,
          resourceGroup: "rg-backup",
          location: "westeurope",
          items: Array.from({ length: Math.ceil((items - vault) / vaults) }, (_, index) => ({
            name: `vm-${index * vaults + vault + 1}`,
            workload: "AzureIaasVM" as const,
            resourceGroup: "rg-app",
            lastRecoveryPoint: `-${30 + (index % 40)}h`,
            jobs: [{ status: "Failed" as const, start: "-10h", end: "-9h50m", errorCode: "CloudInternalError" }],
            next: [{ status: "Completed" as const, after: `${OUTAGE_JOB_MS / 60_000}m` }],
          })),
        };
      }),
    })),
  };
}
