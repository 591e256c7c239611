import { createHash } from "node:crypto";
import * as calls from "../../files/calls.ts";
import { codeOf } from "../../files/error-codes.ts";
import { asBytes } from "../../files/open-directory.ts";
import type { MetadataCalls } from "../../files/metadata-calls.ts";
import type { OpenDirectory } from "../../files/open-directory.ts";

/** The name under which an entry is made before it gets its own: the same in each try, short and plain whatever its own is. */
export function partialName(name: string): string {
  return `.reprise-partial-${createHash("sha256").update(asBytes(name)).digest("hex").slice(0, 24)}`;
}

/** The partial file of an earlier try or a new one, open for reading and writing; `existingBytes` is the size it was found with. */
export async function openPartial(
  directory: OpenDirectory,
  name: string,
  quick: MetadataCalls,
): Promise<{ readonly fd: number; readonly existingBytes: number }> {
  const path = directory.at(partialName(name));
  const flags = calls.READ_WRITE | calls.CREATE | calls.NO_FOLLOW;
  const made = await quick.open(path, flags | calls.EXCLUSIVE).catch((error: unknown) => {
    if (codeOf(error) !== "EEXIST") throw error;
  });
  if (made !== undefined) return { fd: made, existingBytes: 0 };
  const found = await calls.open(path, calls.READ_WRITE | calls.NO_FOLLOW).catch((error: unknown) => {
    if (!["ELOOP", "ENXIO", "EACCES", "EISDIR"].includes(codeOf(error))) throw error;
  });
  if (found !== undefined) {
    const info = await calls.fstat(found);
    const user = process.geteuid?.();
    // Another name of another file, planted here, would be written into.
    if (info.isFile() && info.nlink === 1n && (user === undefined || info.uid === BigInt(user)))
      return { fd: found, existingBytes: Number(info.size) };
    await calls.close(found);
  }
  await calls.unlink(path);
  return { fd: await calls.open(path, flags | calls.EXCLUSIVE), existingBytes: 0 };
}
