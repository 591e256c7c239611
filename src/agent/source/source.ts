/**
 * Where a backup reads from. In: a path. Out: a disk (an image file or a block device: bytes by offset) or a folder (entries in a fixed order, files to
 * read). It does not promise a moment in time: what changes while it is read is noticed where the system shows it, and said by `changed`.
 */

/** A path below the folder's root as the system has it: any bytes but 0, parts joined by "/", empty for the root itself. */
export type PathBytes = Uint8Array;

export interface DiskSource {
  readonly kind: "disk";
  readonly medium: "image" | "device";
  readonly path: string;
  readonly sizeBytes: number;
  /**
   * Fills the buffer from `offset`; fewer bytes only at the end of the disk as it is now (a source that shrank). What is added behind `sizeBytes` is not read.
   * Rejects with a SourceError: SOURCE_UNREACHABLE when the share is away, SOURCE_FAILED when the disk cannot be read there.
   */
  read(buffer: Uint8Array, offset: number): Promise<number>;
  /** Changes when the system shows that the content may have changed; undefined where it cannot show that (a block device). */
  fingerprint(): Promise<string | undefined>;
  close(): Promise<void>;
}

export type EntryType = "file" | "directory" | "symlink" | "fifo" | "socket" | "character-device" | "block-device";

export interface FolderEntry {
  readonly path: PathBytes;
  readonly type: EntryType;
  /** Permission bits, set-id and sticky bits: `mode & 0o7777`. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  /** Of a file; 0 otherwise. */
  readonly sizeBytes: number;
  /** Device and inode, `dev:ino`. */
  readonly inode: string;
  readonly links: number;
  /** Of a symlink: its target as it stands there. */
  readonly target?: Uint8Array;
  /** Of a file with several names: the path under which its content came first. */
  readonly sameAs?: PathBytes;
}

/** What was left out. */
export interface SkippedEntry {
  readonly path: PathBytes;
  readonly why: string;
  /** It is there, and could not be read; false for what is not meant to be read. */
  readonly unread: boolean;
}

export interface OpenFile {
  /** As for a disk; rejects with a FileUnreadError when this file cannot be read there, though its folder can. */
  read(buffer: Uint8Array, offset: number): Promise<number>;
  /** True when size, time of modification or time of change are others than `entry` says. */
  changed(): Promise<boolean>;
  close(): Promise<void>;
}

export interface FolderSource {
  readonly kind: "folder";
  readonly path: string;
  /**
   * The root first, then depth first, the names of each directory in order of their bytes: which is the order of whole paths when "/" counts as byte 0
   * (`comparePaths`). Mount points below the root are not entered. What cannot be read goes to `onSkip`, and the walk goes on; what is removed before the
   * walk comes to it is as if it had never been there. Memory: the names of the directories from the root to the entry, and files of which not all names
   * were met yet (64 MiB at most; beyond that a name counts as a file of its own).
   * Rejects with a SourceError: SOURCE_UNREACHABLE also when the root is gone, which is how a share looks that is not mounted any more.
   */
  entries(onSkip: (skipped: SkippedEntry) => void): AsyncIterable<FolderEntry>;
  /**
   * Undefined when the file is gone, has become something else, or only a link leads there. A file that was put in its place is opened; it counts as changed.
   * Rejects with a FileUnreadError when this file cannot be opened, though its folder can.
   */
  openFile(entry: FolderEntry): Promise<OpenFile | undefined>;
  close(): Promise<void>;
}

export type Source = DiskSource | FolderSource;

/** What is wrong with a source, in words for a person. SOURCE_UNREACHABLE may pass (R1, `openReconnecting`); nothing else does by waiting. */
export class SourceError extends Error {
  readonly code: "SOURCE_NOT_FOUND" | "SOURCE_DENIED" | "SOURCE_UNSUPPORTED" | "SOURCE_UNREACHABLE" | "SOURCE_FAILED";
  constructor(code: SourceError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "SourceError";
    this.code = code;
  }
}

/** One file of a folder cannot be read, now: the others can. `why` is in words. */
export class FileUnreadError extends Error {
  readonly code = "FILE_UNREAD";
  readonly why: string;
  constructor(message: string, why: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "FileUnreadError";
    this.why = why;
  }
}
