/** What kept points need: everything else may be deleted, once no session under way needs it either. */
import { pointKey } from "./chain.ts";
import type { PointManifest } from "./broken.ts";

/** Keys of segments, index pages and manifests that restoring these points reads, through the manifests they name. `points`: keys (`pointKey`). */
export function neededBy(points: ReadonlySet<string>, manifests: readonly PointManifest[]): Set<string> {
  const byKey = new Map(manifests.map((manifest) => [manifest.key, manifest]));
  const needed = new Set<string>();
  const left = manifests.filter((manifest) => points.has(pointKey(manifest))).map(({ key }) => key);
  for (let key = left.pop(); key !== undefined; key = left.pop()) {
    if (needed.has(key)) continue;
    needed.add(key);
    left.push(...(byKey.get(key)?.needs ?? []));
  }
  return needed;
}
