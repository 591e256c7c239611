/** What the codes of the file system's errors mean here. */

/** The code of a system error (`ENOENT`), "" for anything else. */
export function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : "";
}

/** Nothing is there: no such entry, or what should be a folder is something else. */
export const isGone = (code: string): boolean => code === "ENOENT" || code === "ENOTDIR";

/** Only the connection to a share ends like this, whatever file system says it. */
const DISCONNECTED = new Set([
  "ESTALE",
  "ENOTCONN",
  "EHOSTDOWN",
  "EHOSTUNREACH",
  "ETIMEDOUT",
  "ENETDOWN",
  "ENETUNREACH",
  "ECONNRESET",
  "ECONNABORTED",
  "ECONNREFUSED",
  "EPIPE",
  "ENOLINK",
  "EREMOTEIO",
  "ESHUTDOWN",
]);

/** EIO is a lost connection on a share, and a bad sector on a disk. */
export const isDisconnected = (code: string, onShare: boolean): boolean => DISCONNECTED.has(code) || (onShare && code === "EIO");

/** The process ran out of something: nothing is wrong with the file. */
export const isExhausted = (code: string): boolean => code === "EMFILE" || code === "ENFILE" || code === "ENOMEM" || code === "ENOBUFS";

export const isFull = (code: string): boolean => code === "ENOSPC" || code === "EDQUOT";

const WORDS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "the operation is not permitted",
  ENOENT: "it is not there",
  ENOTDIR: "a part of the path is not a folder",
  ELOOP: "a link stands there",
  EIO: "the device reports an input/output error",
  ENAMETOOLONG: "the path is too long for this system",
  ESTALE: "the share was disconnected",
  ENOTCONN: "the share was disconnected",
  EHOSTDOWN: "the share's server does not answer",
  ETIMEDOUT: "the share's server does not answer",
  EMFILE: "too many files are open",
  ENFILE: "too many files are open in the system",
  ENOSPC: "no space is left on the device",
  EDQUOT: "the disk quota is used up",
  EROFS: "the file system is read-only",
  EBUSY: "it is in use",
  EFBIG: "the file system does not take files of this size",
  ENOMEDIUM: "there is no medium in the drive",
  EEXIST: "something of this name stands there already",
  EISDIR: "a folder stands there",
  ENOTEMPTY: "a folder that is not empty stands there",
};

/** The reason in words with its code: `permission denied (EACCES)`. */
export function reasonOf(error: unknown): string {
  const code = codeOf(error);
  if (code === "") return error instanceof Error ? error.message : String(error);
  return `${WORDS[code] ?? "the system refused it"} (${code})`;
}
