/**
 * Calls that need no disk where the file system is local: what they ask or set was looked at just before, or is memory until it is flushed. A way through
 * Node's threads costs ten times such a call, and a small file has five of them. In: whether the file system is local. Out: the same calls, made at once or
 * by the threads. On a share they wait for a server: never at once there.
 */
import * as fs from "node:fs";
import * as calls from "./calls.ts";

export type MetadataCalls = Pick<typeof calls, "fstat" | "close" | "rename"> & {
  readonly open: (path: string | Uint8Array, flags: number, mode?: number) => Promise<number>;
  readonly chmod: (file: number | Buffer, mode: number) => Promise<void>;
  readonly chown: (file: number | Buffer, uid: number, gid: number) => Promise<void>;
  /** All of it. */
  readonly writeFully: (fd: number, bytes: Uint8Array, offset: number) => Promise<void>;
  readonly setTimes: (file: number | Buffer, time: number | Date) => Promise<void>;
};

const MOST_AT_ONCE_BYTES = 64 * 1024;

const atOnce: MetadataCalls = {
  open: async (path, flags, mode) => fs.openSync(calls.asPath(path), flags, mode ?? calls.PRIVATE),
  fstat: async (fd) => fs.fstatSync(fd, { bigint: true }),
  close: async (fd) => fs.closeSync(fd),
  rename: async (from, to) => fs.renameSync(calls.asPath(from), calls.asPath(to)),
  chmod: async (file, mode) => (typeof file === "number" ? fs.fchmodSync(file, mode) : fs.chmodSync(file, mode)),
  chown: async (file, uid, gid) => (typeof file === "number" ? fs.fchownSync(file, uid, gid) : fs.lchownSync(file, uid, gid)),
  writeFully: async (fd, bytes, offset) => {
    // More than this may have to wait until the system has flushed what it holds.
    if (bytes.byteLength > MOST_AT_ONCE_BYTES) return calls.writeFully(fd, bytes, offset);
    for (let written = 0; written < bytes.byteLength;)
      written += fs.writeSync(fd, bytes, written, bytes.byteLength - written, offset + written);
  },
  setTimes: async (file, time) => (typeof file === "number" ? fs.futimesSync(file, time, time) : fs.lutimesSync(file, time, time)),
};

const byThreads: MetadataCalls = {
  open: calls.open,
  fstat: calls.fstat,
  close: calls.close,
  rename: calls.rename,
  chmod: calls.chmod,
  chown: calls.chown,
  writeFully: calls.writeFully,
  setTimes: calls.setTimes,
};

export const metadataCalls = (isLocal: boolean): MetadataCalls => (isLocal ? atOnce : byThreads);
