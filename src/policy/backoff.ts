/** Growing waits whose jitter is a function of what is waited for, so that a replay computes the same wait. */

/** Jitter adds at most this share. */
const JITTER_SHARE = 0.2;

/**
 * The wait before try number `tryNumber` (1-based): doubled each time, lengthened by up to 20 %. At the longest wait the jitter takes off instead, but
 * never shortens what the code itself asks for (`firstMs`). `jitter` lies in [0, 1).
 */
export function backoffMs(tryNumber: number, bounds: { readonly firstMs: number; readonly maxMs: number }, jitter: number): number {
  const longestMs = Math.max(bounds.maxMs, bounds.firstMs);
  const grownMs = bounds.firstMs * 2 ** (tryNumber - 1);
  if (grownMs * (1 + JITTER_SHARE) <= longestMs) return Math.round(grownMs * (1 + JITTER_SHARE * jitter));
  return Math.round(Math.max(bounds.firstMs, longestMs * (1 - JITTER_SHARE * jitter)));
}

/** A number in [0, 1) that depends on nothing but the seed (FNV-1a, 32 bit, with a final mix so that similar seeds spread). */
export function jitterOf(seed: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < seed.length; index++) {
    hash ^= seed.charCodeAt(index);
    hash = Math.imul(hash, 0x01000193);
  }
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  return (hash >>> 0) / 2 ** 32;
}
