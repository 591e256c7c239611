import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Scope } from "../../src/policy/run.ts";
import { inScope, matchesPattern } from "../../src/policy/scope.ts";
import { candidateOf, job } from "../support/jobs.ts";

const ALL: Scope = { subscriptions: [], resourceGroups: [], vaults: [], items: [], tags: {}, workloads: [] };
const candidate = candidateOf(job("Failed", -6, -5));

describe("scope", () => {
  it("compares without case, and * stands for any run of characters", () => {
    expect(matchesPattern("VM-*", "vm-1")).toBe(true);
    expect(matchesPattern("*", "")).toBe(true);
    expect(matchesPattern("a*b*c", "a-b-b-c")).toBe(true);
    expect(matchesPattern("a*a", "a")).toBe(false);
    expect(matchesPattern("vm-1", "vm-10")).toBe(false);
    expect(matchesPattern("v.-1", "vm-1")).toBe(false);
  });

  it("is a regular expression's match, without its cost", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "*") });
    fc.assert(
      fc.property(
        text,
        text.map((each) => each.replaceAll("*", "")),
        (pattern, name) => {
          expect(matchesPattern(pattern, name)).toBe(new RegExp(`^${pattern.replaceAll("*", ".*")}$`, "s").test(name));
        },
      ),
    );
    expect(matchesPattern(`${"*a".repeat(5_000)}b`, "a".repeat(20_000))).toBe(false);
  });

  it("holds each part of a request against the item", () => {
    const inside: Partial<Scope>[] = [
      { subscriptions: ["S"] },
      { resourceGroups: ["RG-backup"] },
      { vaults: ["vault-*"] },
      { vaults: [candidate.vault.id.toUpperCase()] },
      { items: ["VM-1"] },
      { items: [candidate.itemId] },
      { workloads: ["azureiaasvm"] },
    ];
    for (const part of inside) expect(inScope(candidate, { ...ALL, ...part })).toBe(true);
    const outside: Partial<Scope>[] = [
      { subscriptions: ["t"] },
      { resourceGroups: ["other"] },
      { vaults: ["vault"] },
      { items: ["vm-2"] },
      { workloads: ["MAB"] },
    ];
    for (const part of outside) expect(inScope(candidate, { ...ALL, ...part })).toBe(false);
  });

  it("with tags, only items whose source carries them", () => {
    const scope = { ...ALL, tags: { tier: "gold" } };
    const ids = new Set(["/vm/1"]);
    expect(inScope(candidate, scope, { sourceId: "/VM/1", ids })).toBe(true);
    expect(inScope(candidate, scope, { sourceId: "/vm/2", ids })).toBe(false);
    expect(inScope(candidate, scope, { sourceId: undefined, ids })).toBe(false);
  });
});
