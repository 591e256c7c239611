/** What the cloud part has to know of one workload. Every file of this folder but the registry answers with this shape. */
import type { VaultKind, Workload } from "../../policy/workload.ts";
import type { VaultJob } from "../control-plane.ts";

/** The body of an on-demand backup, and how far it could follow the wish. */
interface BackupBody {
  /** Goes under `properties`. Plain data: it is kept with the recorded intent and sent again unchanged. */
  readonly properties: Readonly<Record<string, unknown>>;
  /** The expiry that is sent; absent where the service takes none. */
  readonly sentExpiryMs?: number;
  /** Why it is not what was asked. */
  readonly note?: string;
}

export interface ItemNames {
  readonly itemId: string;
  readonly friendlyName: string;
}

export interface WorkloadProvider {
  readonly word: Workload;
  readonly vaultKind: VaultKind;
  /** `askedMs`: the moment at which the recovery point may go. */
  backupRequest(expiry: { readonly askedMs: number }): BackupBody;
  /**
   * Where to look for an item's jobs among thousands: a job can belong to an item only if they share one of these texts. Without them every job is asked.
   */
  readonly index?: {
    readonly ofJob: (job: VaultJob) => readonly string[];
    readonly ofItem: (item: ItemNames) => readonly string[];
  };
  /** Whether a job of the vault's own list, which names no item, belongs to this item. */
  matches(job: VaultJob, item: ItemNames): boolean;
}
