/**
 * Whether blocks that are in the store already may be used again (J8). In: the settings under which a machine's data was last sent, by an attempt or a point,
 * and those of now. Out: yes, or why all of it is sent again. Asked once for each such origin: the units of an interrupted attempt and the blocks of the last
 * point may have been sent under different settings.
 */
import type { Compression } from "./job/job.ts";
import { compressionWords, sizeWords } from "./job/words.ts";

export type FullTransferReason = "scope" | "compression" | "block-size" | "encryption";

export interface TransferSettings {
  readonly compression: Compression;
  readonly blockSizeBytes: number;
  /** Absent: not encrypted. */
  readonly encryption?: DataKey;
  readonly scope: readonly ScopePart[];
}

/** `keyId` names the key that encrypts the data, `wrappingId` what a password made of it: another password wraps the same key. */
export interface DataKey {
  readonly keyId: string;
  readonly wrappingId: string;
}

/** A disk or folder of the machine. */
export interface ScopePart {
  readonly disk: string;
  readonly path: string;
}

export type Reuse =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly fullTransferReason: FullTransferReason; readonly reason: string };

/** For one machine; its first transfer ever has no `before`. When several settings changed the one that concerns all machines is named before the scope. */
export function decideReuse(before: TransferSettings | undefined, now: TransferSettings): Reuse {
  if (before === undefined) return { allowed: true };
  const [was, is] = [compressionWords(before.compression), compressionWords(now.compression)];
  if (was !== is) return refuse("compression", `Compression is ${is}, the data was sent with ${was}`);
  if (before.blockSizeBytes !== now.blockSizeBytes)
    return refuse(
      "block-size",
      `Blocks are ${sizeWords(now.blockSizeBytes)}, the data was sent in blocks of ${sizeWords(before.blockSizeBytes)}`,
    );
  if (before.encryption?.keyId !== now.encryption?.keyId) return refuse("encryption", encryptionWords(before.encryption, now.encryption));
  const parts = changedParts(before.scope, now.scope);
  if (parts.length > 0) return refuse("scope", `What is backed up of the machine changed (${parts.join(", ")})`);
  return { allowed: true };
}

/** Each machine of now by name. Machines are independent: a change of one's scope leaves the others as they are. */
export function reuseByMachine(
  before: ReadonlyMap<string, TransferSettings>,
  now: ReadonlyMap<string, TransferSettings>,
): Map<string, Reuse> {
  return new Map([...now].map(([machine, settings]) => [machine, decideReuse(before.get(machine), settings)]));
}

function refuse(fullTransferReason: FullTransferReason, why: string): Reuse {
  return { allowed: false, fullTransferReason, reason: `${why}: every block is sent again.` };
}

function encryptionWords(before: DataKey | undefined, now: DataKey | undefined): string {
  if (before === undefined) return "Encryption was switched on";
  return now === undefined ? "Encryption was switched off" : "The store has a new data key";
}

/** Names of disks and folders that came, went or are read from elsewhere. */
function changedParts(before: readonly ScopePart[], now: readonly ScopePart[]): string[] {
  const old = new Map(before.map(({ disk, path }) => [disk, path]));
  const fresh = new Map(now.map(({ disk, path }) => [disk, path]));
  return [...new Set([...old.keys(), ...fresh.keys()])].filter((disk) => old.get(disk) !== fresh.get(disk)).sort();
}
