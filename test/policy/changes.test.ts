import { describe, expect, it } from "vitest";
import { compareRuns, type Standing } from "../../src/policy/changes.ts";
import type { ItemReport } from "../../src/policy/report.ts";
import { itemReport } from "../support/report-fixture.ts";

const keyOf = (itemId: string): string => itemId.toLowerCase();
const entry = (item: ItemReport, runs = 1) => ({
  [keyOf(item.itemId)]: { item: item.item, vault: item.vault, since: "2026-11-18T01:00:00.000Z", runs },
});
const compare = (open: Standing, items: readonly ItemReport[], gaps: readonly ItemReport[] = []) =>
  compareRuns({ runId: "before", startedAt: "2026-11-19T13:00:00.000Z", open }, items, keyOf, (key) =>
    gaps.some(({ itemId }) => keyOf(itemId) === key),
  );

describe("what changed since the run before", () => {
  const vm = (item: string, overrides: Partial<ItemReport> = {}): ItemReport => itemReport({ item, decision: "failing", ...overrides });

  it("C15: an item is new, still there, or recovered", () => {
    const { changes, items, open } = compare({ ...entry(vm("b"), 3), ...entry(vm("c")) }, [
      vm("a"),
      vm("b"),
      vm("c", { decision: "recovered" }),
    ]);
    expect(changes).toMatchObject({ newlyFailing: 1, stillFailing: 1, recovered: 1, gone: 0 });
    expect(items.map(({ item, openRuns }) => [item, openRuns])).toEqual([
      ["a", 1],
      ["b", 4],
      ["c", undefined],
    ]);
    expect(Object.values(open).map(({ item, runs }) => [item, runs])).toEqual([
      ["a", 1],
      ["b", 4],
    ]);
    expect(items[1]?.openSince).toBe("2026-11-18T01:00:00.000Z");
  });

  it.each([
    ["running", undefined],
    ["cancelled", undefined],
    ["skipped", "claimed"],
    ["skipped", "running"],
    ["skipped", "excluded"],
  ] as const)("C15: one that this run could not judge (%s, %s) stays as it was", (decision, cause) => {
    const { changes, open } = compare(entry(vm("a"), 2), [vm("a", { decision, ...(cause && { cause }) })]);
    expect(changes).toMatchObject({ newlyFailing: 0, stillFailing: 0, recovered: 0, gone: 0 });
    expect(Object.values(open)).toMatchObject([{ item: "a", runs: 2 }]);
  });

  it("C15: one without a failed job any more is gone, unless it lacks a recovery point", () => {
    const { changes, open } = compare({ ...entry(vm("a")), ...entry(vm("b")) }, [], [vm("b")]);
    expect(changes).toMatchObject({ recovered: 0, gone: 1, goneItems: [{ item: "a" }] });
    expect(Object.values(open).map(({ item }) => item)).toEqual(["b"]);
  });

  it("C15: a success that somebody else made counts as recovered", () => {
    expect(compare(entry(vm("a")), [vm("a", { decision: "skipped", cause: "cured" })]).changes).toMatchObject({ recovered: 1 });
  });
});
