/** Which entries of a folder are wanted. In: paths from the folder's root. Out: a test of entries: a path itself, what is below it, and the directories above it. */
import type { FolderEntry, PathBytes } from "../source/source.ts";

const SEPARATOR = 0x2f;

export type PathFilter = (entry: FolderEntry) => boolean;

/** From text: relative to the folder, or below the path that the folder was read from. "" is the folder itself. */
export function pathBelow(text: string, sourcePath: string): PathBytes {
  const root = sourcePath.replace(/\/+$/, "");
  const inner = text === root ? "" : root !== "" && text.startsWith(`${root}/`) ? text.slice(root.length) : text;
  return Buffer.from(
    inner
      .split("/")
      .filter((part) => part !== "" && part !== ".")
      .join("/"),
  );
}

/** Without paths everything is wanted. */
export function pathFilter(paths: readonly PathBytes[]): PathFilter {
  if (paths.length === 0 || paths.some((path) => path.length === 0)) return () => true;
  return ({ path, type }) => paths.some((wanted) => isAtOrBelow(path, wanted) || (type === "directory" && isAtOrBelow(wanted, path)));
}

function isAtOrBelow(path: PathBytes, above: PathBytes): boolean {
  if (above.length === 0) return true;
  if (path.length < above.length || (path.length > above.length && path[above.length] !== SEPARATOR)) return false;
  return Buffer.compare(path.subarray(0, above.length), above) === 0;
}
