import * as calls from "../files/calls.ts";
import { reasonOf } from "../files/error-codes.ts";
import { isOnShare } from "../files/file-system.ts";
import { openDevice } from "./device.ts";
import { sourceFailure } from "./failures.ts";
import { openFolder } from "./folder.ts";
import { openImage } from "./image.ts";
import { SourceError } from "./source.ts";
import type { Source } from "./source.ts";

/**
 * The source at `path`: a regular file is a disk image, a block device a disk, a directory a folder. A link that is given as the path is followed.
 * @throws SourceError SOURCE_NOT_FOUND, SOURCE_DENIED, SOURCE_UNSUPPORTED for any other kind, SOURCE_UNREACHABLE when the share does not answer, SOURCE_FAILED
 */
export async function openSource(path: string): Promise<Source> {
  if (path === "" || path.includes("\0"))
    throw new SourceError(
      "SOURCE_UNSUPPORTED",
      `source: found ${JSON.stringify(path)}; allowed: the path of an image file, a block device or a folder.`,
    );
  try {
    const info = await calls.stat(path);
    if (info.isFile()) return await openImage(path);
    if (info.isDirectory()) return await openFolder(path);
    if (info.isBlockDevice()) return await openDevice(path);
    const found = info.isFIFO() ? "a fifo" : info.isSocket() ? "a socket" : "a character device";
    throw new SourceError("SOURCE_UNSUPPORTED", `The source ${path} is ${found}; allowed: an image file, a block device or a folder.`);
  } catch (error) {
    throw inWords(sourceFailure(error, `open the source ${path}`, await isOnShare(path)), path);
  }
}

function inWords(error: unknown, path: string): unknown {
  if (!(error instanceof SourceError) || error.cause === undefined) return error;
  const cause = { cause: error.cause };
  if (error.code === "SOURCE_NOT_FOUND") return new SourceError(error.code, `The source ${path} does not exist.`, cause);
  if (error.code === "SOURCE_DENIED")
    return new SourceError(
      error.code,
      `The source ${path} cannot be read: ${reasonOf(error.cause)}. Run as a user who may read it.`,
      cause,
    );
  return error;
}
