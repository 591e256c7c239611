import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { grantOf, type Permission } from "../../src/policy/permission.ts";

const BACKUP = "Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/backup/action";
const role = (actions: readonly string[], notActions: readonly string[] = []): Permission => ({ actions, notActions });

describe("what roles grant", () => {
  it.each<[string, readonly Permission[], string]>([
    ["the action itself", [role([BACKUP])], "granted"],
    ["in another case", [role([BACKUP.toUpperCase()])], "granted"],
    ["everything (Owner)", [role(["*"])], "granted"],
    ["a provider", [role(["Microsoft.RecoveryServices/*"])], "granted"],
    ["a wildcard in the middle", [role(["Microsoft.RecoveryServices/Vaults/*/backup/action"])], "granted"],
    ["no assignment at all", [], "absent"],
    ["reading alone (Reader)", [role(["*/read"])], "absent"],
    ["another provider", [role(["Microsoft.DataProtection/*"])], "absent"],
    ["a longer action", [role([`${BACKUP}/more`])], "absent"],
    ["an action that only begins alike", [role([BACKUP.slice(0, -1)])], "absent"],
    ["what notActions take away", [role(["*"], [BACKUP])], "excluded"],
    ["what a wildcard takes away", [role(["*"], ["Microsoft.RecoveryServices/*/action"])], "excluded"],
    ["what one role takes away and another grants", [role(["*"], [BACKUP]), role([BACKUP])], "granted"],
    ["what another role takes away that never granted it", [role([BACKUP]), role(["*/read"], ["*"])], "granted"],
  ])("%s", (_what, permissions, expected) => {
    expect(grantOf(BACKUP, permissions)).toBe(expected);
  });

  const segment = fc.stringMatching(/^[A-Za-z]{1,4}$/);
  const action = fc.array(segment, { minLength: 2, maxLength: 5 }).map((parts) => parts.join("/"));
  const pattern = fc.array(fc.oneof(segment, fc.constant("*")), { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
  const permission = fc.record({ actions: fc.array(pattern, { maxLength: 3 }), notActions: fc.array(pattern, { maxLength: 3 }) });

  /** The rule once more, by regular expressions. */
  const matches = (wanted: string, text: string): boolean => new RegExp(`^${wanted.replaceAll("*", ".*")}$`, "is").test(text);

  it("is what one assignment grants and does not take away itself", () => {
    fc.assert(
      fc.property(action, fc.array(permission, { maxLength: 4 }), (wanted, permissions) => {
        const granting = permissions.filter(({ actions }) => actions.some((one) => matches(one, wanted)));
        const left = granting.filter(({ notActions }) => !notActions.some((one) => matches(one, wanted)));
        expect(grantOf(wanted, permissions)).toBe(left.length > 0 ? "granted" : granting.length > 0 ? "excluded" : "absent");
      }),
    );
  });

  it("never shrinks by one assignment more, and depends neither on order nor on case", () => {
    fc.assert(
      fc.property(action, fc.array(permission, { maxLength: 4 }), permission, (wanted, permissions, more) => {
        const before = grantOf(wanted, permissions);
        if (before === "granted") expect(grantOf(wanted, [...permissions, more])).toBe("granted");
        expect(grantOf(wanted, permissions.toReversed())).toBe(before);
        const upper = permissions.map(({ actions, notActions }) => ({
          actions: actions.map((one) => one.toUpperCase()),
          notActions: notActions.map((one) => one.toUpperCase()),
        }));
        expect(grantOf(wanted.toLowerCase(), upper)).toBe(before);
      }),
    );
  });

  it("takes no longer for hostile patterns", () => {
    const startedMs = performance.now();
    expect(grantOf("a".repeat(20_000), [role([`${"*a".repeat(5_000)}b`])])).toBe("absent");
    expect(performance.now() - startedMs).toBeLessThan(1_000);
  });
});
