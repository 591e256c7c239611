import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { jsonLines, runCommand, temporaryFolder } from "../support/command-line.ts";
import type { RetrySummary } from "../../src/cloud/report/summary.ts";

describe("a newcomer's first run", () => {
  it("U1: npm start's command ends with exit 0, a summary with every kind of decision, and a report", async () => {
    const state = temporaryFolder();
    const finished = await runCommand(["demo", "--json", "--state", state]);
    // Items that need a person are what the estate is to show; through npm an exit 3 would look like a crash.
    expect(finished.code).toBe(0);
    const summary = jsonLines(finished).at(-1) as unknown as RetrySummary;
    const { recovered, failing, skipped, cancelled, running } = summary;
    expect(summary.items).toBe(recovered + failing + skipped + cancelled + running);
    expect(new Set(summary.decisions?.map(({ decision }) => decision))).toEqual(
      new Set(["needs-person", "failing", "recovered", "skipped"]),
    );
    expect(await readFile(summary.report, "utf8")).toContain("What a person must do now");
  });
});
