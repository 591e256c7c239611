import * as calls from "../files/calls.ts";
import { isOnShare } from "../files/file-system.ts";
import { FileDisk } from "./disk.ts";
import { SourceError } from "./source.ts";
import type { DiskSource } from "./source.ts";

/**
 * A disk image in a regular file. Its fingerprint changes with its size, its times of modification and of change, and its inode. A file that is replaced while
 * it is open is read to its end as it was. Rejects with the system's error.
 */
export async function openImage(path: string): Promise<DiskSource> {
  const onShare = await isOnShare(path);
  const fd = await calls.open(path, calls.READ | calls.NO_WAIT);
  try {
    const info = await calls.fstat(fd);
    if (!info.isFile()) throw new SourceError("SOURCE_UNSUPPORTED", `${path} was a file and has become something else.`);
    const fingerprint = async (): Promise<string> => {
      const now = await calls.fstat(fd);
      return `${now.size}-${now.mtimeNs}-${now.ctimeNs}-${now.ino}`;
    };
    return new FileDisk({ fd, medium: "image", path, sizeBytes: Number(info.size), onShare, fingerprint });
  } catch (error) {
    await calls.close(fd);
    throw error;
  }
}
