import { describe, expect, it } from "vitest";
import { createProgressLine } from "../../../src/cli/output/progress.ts";
import { displayWidth } from "../../../src/cloud/report/text-width.ts";

const PROGRESS = { found: 12_000, items: 10_000, planned: 9_000, triggered: 5, recovered: 2, failing: 1, skipped: 8 };

describe("the progress line", () => {
  it("is never as wide as the terminal", () => {
    const parts: string[] = [];
    createProgressLine({ isTTY: true, columns: 40, write: (text) => parts.push(text) }).show(PROGRESS);
    const shown = parts.join("").replace("\r\u001b[2K", "");
    expect(displayWidth(shown)).toBeLessThan(40);
    expect(shown).toMatch(/^12,000 failed jobs.*…$/u);
  });

  it("writes only what changed, and clears only what was shown", () => {
    const parts: string[] = [];
    const line = createProgressLine({ isTTY: true, write: (text) => parts.push(text) });
    line.clear();
    line.show(PROGRESS);
    line.show({ ...PROGRESS });
    expect(parts).toHaveLength(1);
    line.clear();
    line.clear();
    expect(parts.slice(1)).toEqual(["\r\u001b[2K"]);
  });
});
