/**
 * Where a restore writes. In: a place that the person named, and what a point holds, which is not trusted. Out: a disk (an image file or a block device), or a
 * folder with its entries. What was written by an earlier try can be read, so that only the rest has to be fetched. Nothing is written outside the place, and
 * what stands there already is left unless `overwrite` says otherwise. It does not promise that one process alone writes there.
 */
import type { FolderEntry } from "../../source/source.ts";

/** Bytes by offset. No range is written twice in one try. Errors are TargetErrors; after one what was written before stays. */
export interface Ranges {
  /** So many bytes may hold content of an earlier try (of a device: all); what is behind them is empty, and reads as zeros. */
  readonly existingBytes: number;
  /** Fills the buffer from `offset`; fewer bytes only at the end. */
  read(buffer: Uint8Array, offset: number): Promise<number>;
  write(offset: number, bytes: Uint8Array): Promise<void>;
  /**
   * Makes the range zeros. Where nothing was written nothing is written now, so that a file has holes. What an earlier try may have written is read, and
   * overwritten only where it is not zero; Node cannot punch holes into it.
   */
  zeros(offset: number, lengthBytes: number): Promise<void>;
}

export interface DiskTarget extends Ranges {
  readonly kind: "disk";
  readonly medium: "image" | "device";
  readonly path: string;
  readonly sizeBytes: number;
  /** On disk, whole, under its name: an image had another one until now. */
  finish(): Promise<void>;
  /** Without `finish` what was written is kept for the next try. */
  close(): Promise<void>;
}

/** A file that is written under a name of its own beside its place. */
export interface TargetFile extends Ranges {
  /** Gives it size, owner, mode, times and its name. */
  finish(): Promise<void>;
  /** Gives up; what was written is kept for the next try. */
  close(): Promise<void>;
}

/** A file of the right size that stands there already. One of `keep`, `replace` and `close` ends it. */
export interface ExistingFile {
  read(buffer: Uint8Array, offset: number): Promise<number>;
  /** The content is the same. With `overwrite` owner, mode and times are set. */
  keep(): Promise<void>;
  /** The content is another. */
  replace(): Promise<Placement>;
  close(): Promise<void>;
}

export type Placement =
  /** Made, or there already. */
  | { readonly outcome: "done" }
  | { readonly outcome: "write"; readonly file: TargetFile }
  | { readonly outcome: "exists"; readonly file: ExistingFile }
  /** Something else stands there and is left, or the path is not one that may be written to. */
  | { readonly outcome: "refused"; readonly why: string }
  /** Entries of this kind cannot be made here. */
  | { readonly outcome: "skipped"; readonly why: string };

/** An entry that is restored, but not quite as it was. */
export interface Remark {
  readonly path: Uint8Array;
  readonly why: string;
}

export interface FolderTarget {
  readonly kind: "folder";
  readonly path: string;
  /**
   * Makes the entry. Entries come in the order of a walk, one call after the other; files may be written side by side. A directory gets mode, owner and times
   * when the walk has left it and its files are finished. For another name of a file (`sameAs`) that is still being written the call waits until that is
   * finished; when the other is not there the answer is "write".
   */
  place(entry: FolderEntry): Promise<Placement>;
  /** After the last entry, with all files finished or closed: everything is on disk. */
  finish(): Promise<void>;
  close(): Promise<void>;
}

/** What is wrong with the place, in words for a person. TARGET_UNREACHABLE may pass: open it again, and go on with what is there. */
export class TargetError extends Error {
  readonly code:
    | "TARGET_EXISTS"
    | "TARGET_NOT_FOUND"
    | "TARGET_UNSUPPORTED"
    | "TARGET_TOO_SMALL"
    | "TARGET_BUSY"
    | "TARGET_DENIED"
    | "TARGET_FULL"
    | "TARGET_UNREACHABLE"
    | "TARGET_FAILED";
  constructor(code: TargetError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "TargetError";
    this.code = code;
  }
}
