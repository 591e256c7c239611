/** One backup job as both providers' rows are read into, once, at the edge. Times are milliseconds since the epoch, UTC. */
import type { VaultKind } from "./workload.ts";

/** `Succeeded`, `Failed`, `Started` and `Cancelled` are what rules know; any other status stays as the service said it. */
export type JobStatus = "Succeeded" | "Failed" | "Started" | "Cancelled" | (string & {});

/** `backup` when scheduled, `adhocBackup` when a person (or this system) triggered it; any other operation stays as the service said it. */
export type JobOperation = "backup" | "adhocBackup" | (string & {});

/** What is known of an error: the symbol, the number, the text; each may be missing. Text comes from the service and is untrusted. */
export interface ErrorFacts {
  readonly symbol?: string;
  readonly number?: number;
  readonly text?: string;
  readonly recommendations?: readonly string[];
}

export interface VaultRef {
  /** The ARM id as received. */
  readonly id: string;
  readonly name: string;
  readonly kind: VaultKind;
  readonly subscriptionId: string;
  readonly resourceGroup: string;
}

export interface BackupJob {
  /** The ARM id of the job as received. */
  readonly id: string;
  /** The last segment of the id: the provider's job id. */
  readonly name: string;
  readonly vault: VaultRef;
  /** The ARM id of the protected item (Recovery Services) or backup instance (Backup vaults), as received. */
  readonly itemId: string;
  readonly itemName: string;
  readonly friendlyName: string;
  readonly workload: string;
  readonly status: JobStatus;
  readonly operation: JobOperation;
  readonly userTriggered: boolean;
  readonly startMs: number;
  readonly endMs?: number;
  readonly durationMs?: number;
  readonly error?: ErrorFacts;
}

/** `Completed`, `CompletedWithWarnings` and `Succeeded` are successes; `InProgress` and `Started` are running; others stay as they are. */
export function normalizeStatus(status: string): JobStatus {
  switch (status.toLowerCase()) {
    case "completed":
    case "completedwithwarnings":
    case "succeeded":
      return "Succeeded";
    case "failed":
      return "Failed";
    case "inprogress":
    case "started":
      return "Started";
    case "cancelled":
    case "canceled":
      return "Cancelled";
    default:
      return status;
  }
}

export function normalizeOperation(operation: string, userTriggered: boolean): JobOperation {
  if (operation.toLowerCase() !== "backup") return operation;
  return userTriggered ? "adhocBackup" : "backup";
}

export function isBackup(job: { readonly operation: JobOperation }): boolean {
  return job.operation === "backup" || job.operation === "adhocBackup";
}

/** An unknown status counts as not ended: giving up on a running backup would be worse than waiting for it. */
export function hasEnded(status: JobStatus): boolean {
  return status === "Succeeded" || status === "Failed" || status === "Cancelled";
}
