import { asText } from "../../files/open-directory.ts";

/** The parts of a path that stays below its root, as text of one character for each byte; for any other path, what is wrong with it. */
export function partsOf(path: Uint8Array): readonly string[] | { readonly why: string } {
  if (path.length === 0) return [];
  const parts = asText(path).split("/");
  if (parts.some((part) => part === "")) return { why: "its path has an empty part" };
  if (parts.some((part) => part === "." || part === "..")) return { why: "its path leads out of the folder" };
  if (parts.some((part) => part.includes("\0"))) return { why: "its path has a byte 0" };
  if (process.platform === "win32" && parts.some((part) => /[\\:]/.test(part))) return { why: "this system has no such names" };
  return parts;
}
