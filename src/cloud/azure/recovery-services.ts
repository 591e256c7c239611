/** The SDK's client of Recovery Services vaults, one per subscription: the subscription is a part of the client, not of the call. */
import { RecoveryServicesBackupClient } from "@azure/arm-recoveryservicesbackup";
import type { VaultRef } from "../../policy/job.ts";
import { unusedCredential } from "./authorization.ts";
import type { Transport } from "./pipeline.ts";

export type BackupClients = (vault: VaultRef) => RecoveryServicesBackupClient;

export function createBackupClients(transport: Transport): BackupClients {
  const clients = new Map<string, RecoveryServicesBackupClient>();
  return (vault) => {
    // Callers keep the items of Backup vaults away until there is a workload for them.
    if (vault.kind !== "RecoveryServices")
      throw new Error(`The vault ${vault.name} is a Backup vault; only Recovery Services vaults can be called.`);
    let client = clients.get(vault.subscriptionId);
    if (client === undefined) {
      client = new RecoveryServicesBackupClient(unusedCredential, vault.subscriptionId, transport.clientOptions);
      transport.equip(client.pipeline);
      clients.set(vault.subscriptionId, client);
    }
    return client;
  };
}
