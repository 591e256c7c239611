import { createHash } from "node:crypto";

const LONGEST = 80;

/** A free name as it can stand in a resource id: what a path cannot hold becomes `_`, and a digest keeps names apart that would become alike. */
export function idName(name: string): string {
  const plain = name.replaceAll(/[^\w.()-]/g, "_").slice(0, LONGEST);
  return plain === name ? name : `${plain}-${createHash("sha256").update(name).digest("hex").slice(0, 8)}`;
}
