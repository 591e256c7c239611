import { randomUUID } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { mkdir, open, readdir, stat, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { StoreError } from "./store.ts";

/** A temporary file this much older than the youngest belongs to a process that was killed. */
const STALE_TEMP_MS = 3_600_000;

/** The code of a file-system error, "" for anything else. */
export function fsCode(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : "";
}

/** True when nothing can be there: no such entry, or what should be a folder is a file. */
export function isMissing(error: unknown): boolean {
  return fsCode(error) === "ENOENT" || fsCode(error) === "ENOTDIR";
}

/** Writes a complete file under a name that nobody else has, flushes it to the device, and gives its path. */
export async function writeTemp(folder: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder, randomUUID());
  const file = await open(path, "wx").catch(async (error: unknown) => {
    if (fsCode(error) !== "ENOENT") throw error;
    await mkdir(folder, { recursive: true });
    return open(path, "wx");
  });
  try {
    await file.writeFile(bytes);
    await file.sync();
  } catch (error) {
    await removeTemp(path);
    throw error;
  } finally {
    await file.close();
  }
  return path;
}

/** The same in one go, without the flush. */
export function writeTempAtOnce(folder: string, bytes: Uint8Array): string {
  const path = join(folder, randomUUID());
  try {
    writeFileSync(path, bytes, { flag: "wx" });
  } catch (error) {
    if (fsCode(error) !== "ENOENT") throw error;
    mkdirSync(folder, { recursive: true });
    writeFileSync(path, bytes, { flag: "wx" });
  }
  return path;
}

/** The sweep takes what this cannot. */
export async function removeTemp(path: string): Promise<void> {
  await unlink(path).catch(() => undefined);
}

/** Removes what killed writers left behind. The age is measured against the file system's own newest time stamp, so that no two clocks meet. */
export async function sweepTemps(folder: string): Promise<void> {
  const found: { path: string; mtimeMs: number }[] = [];
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const info = await stat(path).catch(() => undefined);
    if (info !== undefined) found.push({ path, mtimeMs: info.mtimeMs });
  }
  const newestMs = found.reduce((newest, temp) => Math.max(newest, temp.mtimeMs), 0);
  for (const temp of found) if (newestMs - temp.mtimeMs > STALE_TEMP_MS) await removeTemp(temp.path);
}

/** Makes renames within these folders survive a power cut: from `folder` up to and including `top`. */
export async function syncFolders(folder: string, top: string): Promise<void> {
  // Windows cannot open a directory for this; NTFS journals its names itself.
  if (process.platform === "win32") return;
  for (let path = folder; ; path = dirname(path)) {
    const handle = await open(path, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (path === top || path === dirname(path)) return;
  }
}

const ADVICE: Readonly<Record<string, readonly [StoreError["code"], string]>> = {
  ENOSPC: ["STORE_FULL", "no space is left on the device. Free some space and start again"],
  EDQUOT: ["STORE_FULL", "the disk quota is used up. Free some space and start again"],
  EACCES: ["STORE_DENIED", "permission denied. Check owner and permissions of the directory"],
  EPERM: ["STORE_DENIED", "the operation is not permitted. Check owner and permissions of the directory"],
  EROFS: ["STORE_DENIED", "the file system is read-only"],
  ENOTDIR: ["STORE_KEY_CONFLICT", "a file stands where a folder is needed"],
  EEXIST: ["STORE_KEY_CONFLICT", "a file stands where a folder is needed"],
  EISDIR: ["STORE_KEY_CONFLICT", "a folder stands where a file is needed"],
  ESTALE: ["STORE_UNREACHABLE", "the share was disconnected"],
  EHOSTDOWN: ["STORE_UNREACHABLE", "the share's server does not answer"],
  ENOTCONN: ["STORE_UNREACHABLE", "the share was disconnected"],
  ETIMEDOUT: ["STORE_UNREACHABLE", "the share's server does not answer"],
  EHOSTUNREACH: ["STORE_UNREACHABLE", "the share's server cannot be reached"],
  ENETUNREACH: ["STORE_UNREACHABLE", "the share's server cannot be reached"],
  ENETDOWN: ["STORE_UNREACHABLE", "the network is down"],
  ECONNREFUSED: ["STORE_UNREACHABLE", "the share's server refuses the connection"],
  ECONNRESET: ["STORE_UNREACHABLE", "the share was disconnected"],
  ECONNABORTED: ["STORE_UNREACHABLE", "the share was disconnected"],
  EPIPE: ["STORE_UNREACHABLE", "the share was disconnected"],
  ENXIO: ["STORE_UNREACHABLE", "the device is gone"],
  ENODEV: ["STORE_UNREACHABLE", "the device is gone"],
};

/** Carries out `run`; what the file system refuses comes out as a `StoreError` that says what was tried, where and why it failed. */
export async function translating<T>(what: string, root: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const code = fsCode(error);
    if (!/^E[A-Z]/.test(code) || code.startsWith("ERR_")) throw error;
    const [kind, advice] = ADVICE[code] ?? (["STORE_FAILED", "the file system refused it"] as const);
    throw new StoreError(kind, `Could not ${what} in the store ${root}: ${advice} (${code}).`, { cause: error });
  }
}
