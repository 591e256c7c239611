import { describe, expect, it } from "vitest";
import { filterTimeMs, parseFilter } from "../../../../src/local/azure/rest/filter.ts";

describe("the filter of the job list", () => {
  it.each([
    ["2026-11-20 01:38:04 PM", "2026-11-20T13:38:04Z"],
    ["2026-11-20 12:30:00 AM", "2026-11-20T00:30:00Z"],
    ["2026-11-20 00:00:00 AM", "2026-11-20T00:00:00Z"],
    ["2026-11-20 12:00:00 pm", "2026-11-20T12:00:00Z"],
    ["2026-11-20 11:59:59 AM", "2026-11-20T11:59:59Z"],
  ])("reads %s", (text, expected) => {
    expect(filterTimeMs(text)).toBe(Date.parse(expected));
  });

  it.each(["2026-11-20 13:38:04 PM", "2026-11-20T01:38:04Z", "2026-11-20 01:38:04", "20 Nov 2026"])("does not read %s", (text) => {
    expect(filterTimeMs(text)).toBeUndefined();
  });

  it("takes fields without regard to case, and doubled quotes", () => {
    expect(parseFilter("STATUS eq 'Failed' and jobId eq 'it''s'", ["status", "jobId"])).toEqual({
      values: { status: "Failed", jobId: "it's" },
    });
    expect(parseFilter(undefined, ["status"])).toEqual({ values: {} });
  });
});
