/** Where units of small files end. In: a path. Out: whether a unit ends behind it, whatever else is in the folder. */

/** One file in so many ends a unit. */
const BOUNDARY_EVERY = 64;

/** Picks one path in so many (FNV-1a, with a final mix). */
export function endsUnit(path: Uint8Array): boolean {
  let hash = 0x811c9dc5;
  for (const byte of path) {
    hash ^= byte;
    hash = Math.imul(hash, 0x01000193);
  }
  hash ^= hash >>> 15;
  return (hash >>> 0) % BOUNDARY_EVERY === 0;
}
