import { expect, it } from "vitest";
import { nearest } from "../../src/settings/nearest.ts";

it("finds the name with the fewest changes", () => {
  const names = ["REPRISE_SINCE", "REPRISE_STORE", "REPRISE_DAY_CAP"];
  expect(nearest("REPRISE_SINSE", names)).toBe("REPRISE_SINCE");
  expect(nearest("REPRISE_STOR", names)).toBe("REPRISE_STORE");
  expect(nearest("REPRISE_DAILY_CAP", names)).toBe("REPRISE_DAY_CAP");
  expect(nearest("x", [])).toBeUndefined();
});
