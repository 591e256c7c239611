import type { BigIntStats } from "node:fs";
import { realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import * as calls from "../../files/calls.ts";
import { codeOf, isGone } from "../../files/error-codes.ts";
import { OpenDirectory } from "../../files/open-directory.ts";
import { isOnShare } from "../../files/file-system.ts";
import type { DiskTargetOptions } from "./disk-target.ts";
import { translating } from "./failures.ts";
import { FileRanges } from "./file-ranges.ts";
import { TargetError } from "./target.ts";
import type { DiskTarget } from "./target.ts";

/** What is not whole yet stands under the name of the image with this behind it. */
const PARTIAL = ".reprise-partial";

/** An image file: readable by its owner only, for it holds all that the disk held. `standing` is what is there now, which may be overwritten. */
export async function openImageTarget(options: DiskTargetOptions, standing: BigIntStats | undefined): Promise<DiskTarget> {
  const folder = await realpath(dirname(options.path)).catch((error: unknown) => {
    if (!isGone(codeOf(error))) throw error;
    throw new TargetError("TARGET_NOT_FOUND", `The folder ${dirname(options.path)} does not exist. Make it first.`, { cause: error });
  });
  // Behind a link the file is replaced that it leads to.
  const final = standing === undefined ? join(folder, basename(options.path)) : await realpath(options.path);
  const partial = final + PARTIAL;
  const fd = await openPartial(partial, standing);
  try {
    const existing = Number((await calls.fstat(fd)).size);
    if (existing !== options.sizeBytes) await calls.truncate(fd, options.sizeBytes);
    const onShare = await isOnShare(folder);
    return new ImageTarget({ ...options, fd, final, partial, onShare, existingBytes: Math.min(existing, options.sizeBytes) });
  } catch (error) {
    await calls.close(fd);
    throw error;
  }
}

async function openPartial(partial: string, standing: BigIntStats | undefined): Promise<number> {
  const flags = calls.READ_WRITE | calls.CREATE | calls.NO_FOLLOW;
  const refused = (cause?: unknown): TargetError =>
    new TargetError("TARGET_UNSUPPORTED", `${partial} is not a file that an earlier restore left there. Remove it first.`, { cause });
  const fd = await calls.open(partial, flags).catch((error: unknown) => {
    throw ["ELOOP", "EISDIR", "ENXIO"].includes(codeOf(error)) ? refused(error) : error;
  });
  const info = await calls.fstat(fd);
  if (info.isFile() && info.nlink === 1n) return fd;
  await calls.close(fd);
  // Another name of something: writing here would change that too. Killed between its two names, a finished image looks like that.
  if (!info.isFile() || info.ino !== standing?.ino) throw refused();
  await calls.unlink(partial);
  return calls.open(partial, flags | calls.EXCLUSIVE);
}

interface OpenedImage extends DiskTargetOptions {
  readonly fd: number;
  readonly final: string;
  readonly partial: string;
  readonly onShare: boolean;
  readonly existingBytes: number;
}

class ImageTarget extends FileRanges implements DiskTarget {
  readonly kind = "disk";
  readonly medium = "image";
  readonly path: string;
  readonly sizeBytes: number;
  readonly #image: OpenedImage;
  #closed = false;

  constructor(image: OpenedImage) {
    super({ ...image, shown: image.partial });
    this.#image = image;
    this.path = image.path;
    this.sizeBytes = image.sizeBytes;
  }

  async finish(): Promise<void> {
    const { fd, final, partial, overwrite, onShare } = this.#image;
    await translating(`finish ${final}`, onShare, async () => {
      await calls.sync(fd);
      if (overwrite) await calls.rename(partial, final);
      else await this.#nameOnce();
      const folder = await OpenDirectory.open(Buffer.from(dirname(final)), { follow: true });
      try {
        await folder.sync();
      } finally {
        await folder.close();
      }
    });
    await this.close();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await calls.close(this.#image.fd);
  }

  /** A rename would replace what came there meanwhile; a second name is refused by the system then. */
  async #nameOnce(): Promise<void> {
    const { fd, final, partial } = this.#image;
    const exists = (cause: unknown): TargetError =>
      new TargetError("TARGET_EXISTS", `${final} was made by somebody else meanwhile. The restored disk is kept in ${partial}.`, { cause });
    try {
      await calls.link(partial, final);
    } catch (error) {
      const standing = await calls.lstat(final).catch(() => undefined);
      if (standing === undefined) {
        // The file system knows no second names.
        if (["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"].includes(codeOf(error))) return calls.rename(partial, final);
        throw error;
      }
      // A share may have lost the answer to a link that it made.
      if (standing.ino !== (await calls.fstat(fd)).ino) throw exists(error);
    }
    await calls.unlink(partial);
  }
}
