import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rowLines, wrapText } from "../../../src/cli/output/wrap.ts";
import { displayWidth } from "../../../src/cloud/report/text-width.ts";

describe("wrapping", () => {
  it("breaks at spaces, and inside a word only when it is longer than a line", () => {
    expect(wrapText("one two three", 7)).toEqual(["one two", "three"]);
    expect(wrapText("a abcdefghij b", 4)).toEqual(["a", "abcd", "efgh", "ij b"]);
    expect(wrapText("", 4)).toEqual([""]);
    expect(wrapText("\u{1D158}\u{1D165}\u{1D16E}!", 2)).toEqual(["\u{1D158}\u{1D165}\u{1D16E}", "!"]);
  });

  it("loses nothing and keeps to the width, for any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), fc.integer({ min: 2, max: 30 }), (text, width) => {
        const lines = wrapText(text, width);
        expect(lines.join("").replaceAll(" ", "")).toBe(text.replaceAll(" ", ""));
        for (const line of lines) expect(displayWidth(line) <= width || isOneGrapheme(line)).toBe(true);
      }),
    );
  });

  it("keeps cells in their columns", () => {
    expect(rowLines(["a b", "サーバー", "c"], [1, 4, 3], 2)).toEqual(["a  サー  c", "b  バー"]);
  });
});

function isOneGrapheme(text: string): boolean {
  return Array.from(new Intl.Segmenter("en").segment(text)).length === 1;
}
