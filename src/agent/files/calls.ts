/**
 * The system's calls on files, as cheap as Node has them. In: paths as bytes, and descriptors. Out: what the system answers; its errors pass unchanged.
 * The functions with callbacks take about half the processor time of `fs/promises`, which counts where there are many small files. They hold up nobody:
 * a share that does not answer blocks one of Node's threads, never the program.
 */
import * as fs from "node:fs";
import type { BigIntStats } from "node:fs";

/** Flags that a system without them does not need: 0 there. */
const flag = (name: "O_NOFOLLOW" | "O_DIRECTORY" | "O_NONBLOCK"): number => (fs.constants as Partial<Record<string, number>>)[name] ?? 0;

/** Never waits for the other end of a fifo. */
export const NO_WAIT = flag("O_NONBLOCK");
/** Nor goes through a link in the last part of the path. */
export const NO_FOLLOW = flag("O_NOFOLLOW") | NO_WAIT;
export const DIRECTORY = flag("O_DIRECTORY");
export const { O_RDONLY: READ, O_RDWR: READ_WRITE, O_CREAT: CREATE, O_EXCL: EXCLUSIVE } = fs.constants;

/** The mode of what is made, unless told otherwise: its owner's alone. */
export const PRIVATE = 0o600;

type Path = string | Uint8Array;

/** Node's typings ask for Buffers. */
export const asPath = (path: Path): string | Buffer =>
  typeof path === "string" || Buffer.isBuffer(path) ? path : Buffer.from(path.buffer, path.byteOffset, path.byteLength);

function answered<T>(call: (done: (error: Error | null, value: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => call((error, value) => (error === null ? resolve(value) : reject(error))));
}

/** For calls that answer nothing; Node gives no error as null, or not at all. */
function done(call: (done: (error?: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => call((error) => (error ? reject(error) : resolve())));
}

export const open = (path: Path, flags: number, mode: number = PRIVATE): Promise<number> =>
  answered((back) => fs.open(asPath(path), flags, mode, back));
export const close = (fd: number): Promise<void> => done((back) => fs.close(fd, back));
export const sync = (fd: number): Promise<void> => done((back) => fs.fsync(fd, back));
export const truncate = (fd: number, sizeBytes: number): Promise<void> => done((back) => fs.ftruncate(fd, sizeBytes, back));
export const rename = (from: Path, to: Path): Promise<void> => done((back) => fs.rename(asPath(from), asPath(to), back));
export const link = (from: Path, to: Path): Promise<void> => done((back) => fs.link(asPath(from), asPath(to), back));
export const unlink = (path: Path): Promise<void> => done((back) => fs.unlink(asPath(path), back));
export const mkdir = (path: Path, mode: number): Promise<void> => done((back) => fs.mkdir(asPath(path), mode, back));
export const symlink = (target: Path, path: Path): Promise<void> => done((back) => fs.symlink(asPath(target), asPath(path), back));
export const chmod = (file: Path | number, mode: number): Promise<void> =>
  done((back) => (typeof file === "number" ? fs.fchmod(file, mode, back) : fs.chmod(asPath(file), mode, back)));
/** Of the entry itself, never of what a link leads to. */
export const chown = (file: Path | number, uid: number, gid: number): Promise<void> =>
  done((back) => (typeof file === "number" ? fs.fchown(file, uid, gid, back) : fs.lchown(asPath(file), uid, gid, back)));
/** Both times, of the entry itself. */
export const setTimes = (file: Path | number, time: number | Date): Promise<void> =>
  done((back) => (typeof file === "number" ? fs.futimes(file, time, time, back) : fs.lutimes(asPath(file), time, time, back)));
export const stat = (path: Path): Promise<BigIntStats> => answered((back) => fs.stat(asPath(path), { bigint: true }, back));
export const lstat = (path: Path): Promise<BigIntStats> => answered((back) => fs.lstat(asPath(path), { bigint: true }, back));
export const fstat = (fd: number): Promise<BigIntStats> => answered((back) => fs.fstat(fd, { bigint: true }, back));
export const readlink = (path: Path): Promise<Buffer> => answered((back) => fs.readlink(asPath(path), { encoding: "buffer" }, back));
/** Names as latin1: one character for each byte, so any name survives; a quarter of the memory of Buffers, and in order of the bytes when sorted. */
export const readNames = (path: Path): Promise<string[]> => answered((back) => fs.readdir(asPath(path), { encoding: "latin1" }, back));

/** Fills the buffer from `offset`; fewer bytes only at the end of the file. */
export async function readFully(fd: number, buffer: Uint8Array, offset: number): Promise<number> {
  let filled = 0;
  while (filled < buffer.byteLength) {
    const from = filled;
    const got = await answered<number>((back) => fs.read(fd, buffer, from, buffer.byteLength - from, offset + from, back));
    if (got === 0) break;
    filled += got;
  }
  return filled;
}

/** Writes all of it. A write that is cut short goes on, so that the system says why (no space is left). */
export async function writeFully(fd: number, bytes: Uint8Array, offset: number): Promise<void> {
  for (let written = 0; written < bytes.byteLength;) {
    const from = written;
    written += await answered<number>((back) => fs.write(fd, bytes, from, bytes.byteLength - from, offset + from, back));
  }
}
