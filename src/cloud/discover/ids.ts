/**
 * ARM ids of the two backup providers, taken apart. Case varies between and within answers, so fixed words are compared without case and every name
 * is kept as received. Names are only ever cut out of ids, never built. What could change a path when it is put into a URL is refused.
 */
import type { VaultRef } from "../../policy/job.ts";

const VAULT =
  /^(\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/(Microsoft\.RecoveryServices\/vaults|Microsoft\.DataProtection\/backupVaults)\/([^/]+))(?:\/(.+))?$/i;
const JOB = /^backupJobs\/([^/]+)$/i;
const PROTECTED_ITEM = /^backupFabrics\/([^/]+)\/protectionContainers\/([^/]+)\/protectedItems\/([^/]+)$/i;
const POLICY = /^backupPolicies\/([^/]+)$/i;
const BACKUP_INSTANCE = /^backupInstances\/([^/]+)$/i;

export interface ProtectedItemId {
  readonly vault: VaultRef;
  readonly fabric: string;
  readonly container: string;
  readonly item: string;
}

/** The vault and name of a job's id, or undefined. */
export function parseJobId(id: string): { readonly vault: VaultRef; readonly name: string } | undefined {
  const child = parseVaultChild(id);
  const name = child && JOB.exec(child.rest)?.[1];
  return child && name !== undefined ? { vault: child.vault, name } : undefined;
}

/** The vault that an id names by itself, or undefined. */
export function parseVaultId(id: string): VaultRef | undefined {
  const child = parseVaultChild(id);
  return child?.rest === "" ? child.vault : undefined;
}

/** The vault and name of a backup policy's id, or undefined. */
export function parsePolicyId(id: string): { readonly vault: VaultRef; readonly name: string } | undefined {
  const child = parseVaultChild(id);
  const name = child && POLICY.exec(child.rest)?.[1];
  return child && name !== undefined ? { vault: child.vault, name } : undefined;
}

/** The parts of a protected item's id in a Recovery Services vault, or undefined. */
export function parseProtectedItemId(id: string): ProtectedItemId | undefined {
  const child = parseVaultChild(id);
  const match = child?.vault.kind === "RecoveryServices" ? PROTECTED_ITEM.exec(child.rest) : null;
  if (child === undefined || match === null) return undefined;
  return { vault: child.vault, fabric: match[1] ?? "", container: withSemicolons(match[2] ?? ""), item: withSemicolons(match[3] ?? "") };
}

/** The vault and name of a protected item or backup instance, or undefined. */
export function parseItemId(id: string): { readonly vault: VaultRef; readonly name: string } | undefined {
  const item = parseProtectedItemId(id);
  if (item !== undefined) return { vault: item.vault, name: item.item };
  const child = parseVaultChild(id);
  const name = child?.vault.kind === "DataProtection" ? BACKUP_INSTANCE.exec(child.rest)?.[1] : undefined;
  return child && name !== undefined ? { vault: child.vault, name } : undefined;
}

/** An id with a segment that is not safe. */
const UNSAFE = /\p{Cc}|(?:^|\/)\.\.?(?:\/|$)/u;

/** `.` and `..` survive percent-encoding and would be folded away by whoever reads the URL. */
export function isSafeSegment(segment: string): boolean {
  return segment !== "." && segment !== ".." && !/\p{Cc}/u.test(segment);
}

export function sameId(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function parseVaultChild(id: string): { readonly vault: VaultRef; readonly rest: string } | undefined {
  const match = VAULT.exec(id);
  if (match === null || UNSAFE.test(id)) return undefined;
  const [, vaultId = "", subscriptionId = "", resourceGroup = "", provider = "", name = "", rest = ""] = match;
  const kind = provider.toLowerCase().startsWith("microsoft.recoveryservices") ? "RecoveryServices" : "DataProtection";
  return { vault: { id: vaultId, name, kind, subscriptionId, resourceGroup }, rest };
}

/** Some ids carry the separator of container and item names percent-encoded. */
function withSemicolons(name: string): string {
  return name.replace(/%3B/gi, ";");
}
