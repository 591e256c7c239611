import { describe, expect, it } from "vitest";
import { clipToWidth, displayWidth, splitAtWidth } from "../../../src/cloud/report/text-width.ts";

describe("the width of a text", () => {
  it.each([
    ["plain", 5],
    ["", 0],
    ["サーバー", 8],
    ["０１", 4],
    ["e\u0301\u0302", 1],
    ["한국", 4],
    ["한", 2],
    ["👩‍💻", 2],
    ["🇩🇪", 2],
    ["❤️", 2],
    ["ä…–", 3],
    ["नि", 2],
  ])("%j is %i wide", (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });

  it("never cuts a character in two", () => {
    expect(splitAtWidth("サーバー", 3)).toEqual(["サ", "ーバー"]);
    expect(splitAtWidth("a👩‍💻b", 2)).toEqual(["a", "👩‍💻b"]);
    expect(clipToWidth("サーバー", 6)).toBe("サー…");
    expect(clipToWidth("fits", 4)).toBe("fits");
  });
});
