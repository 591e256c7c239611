/** By what the rows of a report can be picked: vault, cause, change. In: the report. Out: the choices, and which of them an item has. */
import type { ItemReport, RunReport } from "../../../policy/report.ts";

export interface Choice {
  /** As it came. */
  readonly label: string;
  readonly items: number;
}

export interface Facets {
  /** By number of items; of equal names each vault stands for itself. */
  readonly vaults: readonly Choice[];
  /** Error codes; `undefined` items have none and are under the empty label. */
  readonly causes: readonly Choice[];
  vaultOf(item: ItemReport): number;
  causeOf(item: { readonly errorCode?: string }): number;
}

/** 1: new since the run before; 2: it failed then already; 0: neither, or nothing to compare with. */
export function changeOf({ openRuns }: ItemReport, { changes }: RunReport): 0 | 1 | 2 {
  if (changes === undefined || openRuns === undefined) return 0;
  return openRuns === 1 ? 1 : 2;
}

export function facetsOf(report: RunReport): Facets {
  const vaultKey = ({ vaultId }: ItemReport): string => vaultId.toLowerCase();
  const causeKey = ({ errorCode }: { readonly errorCode?: string }): string => errorCode ?? "";
  const vaults = countBy(report.items, vaultKey, ({ vault }) => vault);
  const causes = countBy(report.items, causeKey, causeKey);
  return {
    vaults: vaults.choices,
    causes: causes.choices,
    vaultOf: (item) => vaults.places.get(vaultKey(item)) ?? 0,
    causeOf: (item) => causes.places.get(causeKey(item)) ?? 0,
  };
}

function countBy(
  items: readonly ItemReport[],
  keyOf: (item: ItemReport) => string,
  labelOf: (item: ItemReport) => string,
): { readonly choices: readonly Choice[]; readonly places: ReadonlyMap<string, number> } {
  const groups = [...Map.groupBy(items, keyOf)].sort((a, b) => b[1].length - a[1].length);
  return {
    choices: groups.map(([, [first, ...rest]]) => ({ label: first === undefined ? "" : labelOf(first), items: rest.length + 1 })),
    places: new Map(groups.map(([key], place) => [key, place])),
  };
}
