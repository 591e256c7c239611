/** Which items a run looks at. Names, patterns and ids are compared without case; `*` stands for any run of characters. */
import type { Candidate } from "./candidate.ts";
import type { Scope } from "./run.ts";

/** True when `text` is the pattern, with each `*` standing for any run of characters. Linear in the text: no backtracking on hostile names. */
export function matchesPattern(pattern: string, text: string): boolean {
  const parts = pattern.toLowerCase().split("*");
  const name = text.toLowerCase();
  const [first = "", ...rest] = parts;
  if (rest.length === 0) return name === first;
  if (!name.startsWith(first)) return false;
  let position = first.length;
  const last = rest.pop() ?? "";
  for (const part of rest) {
    const found = name.indexOf(part, position);
    if (found < 0) return false;
    position = found + part.length;
  }
  return name.length - position >= last.length && name.endsWith(last);
}

export function matchesAny(patterns: readonly string[], ...texts: readonly string[]): boolean {
  return patterns.some((pattern) => texts.some((text) => matchesPattern(pattern, text)));
}

/** Whether the request asks for this item. `tagged`: the lower-cased ids of resources with the asked tags, where tags were asked for. */
export function inScope(
  candidate: Candidate,
  scope: Scope,
  tagged?: { readonly sourceId: string | undefined; readonly ids: ReadonlySet<string> },
): boolean {
  if (scope.subscriptions.length > 0 && !matchesAny(scope.subscriptions, candidate.vault.subscriptionId)) return false;
  if (scope.resourceGroups.length > 0 && !matchesAny(scope.resourceGroups, candidate.vault.resourceGroup)) return false;
  if (scope.vaults.length > 0 && !matchesAny(scope.vaults, candidate.vault.name, candidate.vault.id)) return false;
  if (scope.items.length > 0 && !matchesAny(scope.items, candidate.friendlyName, candidate.itemName, candidate.itemId)) return false;
  if (scope.workloads.length > 0 && !matchesAny(scope.workloads, candidate.workload)) return false;
  if (Object.keys(scope.tags).length > 0) return tagged?.sourceId !== undefined && tagged.ids.has(tagged.sourceId.toLowerCase());
  return true;
}
