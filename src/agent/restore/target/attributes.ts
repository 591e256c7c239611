/** Owner, mode and times, as far as this system and this user can set them. */
import { codeOf, isDisconnected, isFull, reasonOf } from "../../files/error-codes.ts";
import type { MetadataCalls } from "../../files/metadata-calls.ts";
import type { FolderEntry } from "../../source/source.ts";

const userId = process.geteuid?.();
const groupId = process.getegid?.();
const SET_ID_BITS = 0o6000;

export interface AttributeOptions {
  readonly calls: MetadataCalls;
  /** A link has none, and a fifo was made with it. */
  readonly setsMode: boolean;
  /** Surely this user's already: it was just made where new entries belong to their maker. */
  readonly isOwn: boolean;
}

/**
 * Sets them in this order: a change of owner takes set-id bits away, and anything but the times changes the times. The answer says what could not be set.
 * Rejects only with what ends the restore: no space, a share that is away.
 */
export async function setAttributes(at: number | Buffer, entry: FolderEntry, options: AttributeOptions): Promise<string[]> {
  const { calls } = options;
  const problems: string[] = [];
  const attempt = async (what: string, run: () => Promise<void>): Promise<boolean> => {
    try {
      await run();
      return true;
    } catch (error) {
      if (codeOf(error) === "" || isFull(codeOf(error)) || isDisconnected(codeOf(error), false)) throw error;
      problems.push(`${what} could not be set: ${reasonOf(error)}`);
      return false;
    }
  };
  let isOwner = entry.uid === userId && entry.gid === groupId;
  // Only root may give files away.
  if (userId === 0 && !(isOwner && options.isOwn)) isOwner = await attempt("owner", () => calls.chown(at, entry.uid, entry.gid));
  // Nobody else's program may run as this user because it was restored by it.
  const mode = isOwner ? entry.mode : entry.mode & ~SET_ID_BITS;
  if (options.setsMode) await attempt("mode", () => calls.chmod(at, mode));
  await attempt("time", () => calls.setTimes(at, timeOf(entry.mtimeNs)));
  return problems;
}

/**
 * Node hands times to the system as a floating-point number of seconds: today that is exact to some 240 ns. It takes a negative number for now; a Date before
 * 1970 is taken, to the millisecond.
 */
function timeOf(ns: bigint): number | Date {
  return ns < 0n ? new Date(Number(ns / 1_000_000n)) : Number(ns / 1_000_000_000n) + Number(ns % 1_000_000_000n) / 1e9;
}
