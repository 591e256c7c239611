import { describe, expect, it } from "vitest";
import { STYLE } from "../../../src/cloud/report/page/style.ts";

const INKS = ["ink", "soft", "link", "person", "failing", "running", "cancelled", "good", "planned", "skipped"];

/** WCAG 2.2, relative luminance. */
function luminance(hex: string): number {
  const full = hex.length === 4 ? hex.replaceAll(/[0-9a-f]/gu, "$&$&") : hex;
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((start) => {
    const value = Number.parseInt(full.slice(start, start + 2), 16) / 255;
    return value <= 0.040_45 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

const palettes = [...STYLE.matchAll(/:root\{([^}]*)\}/gu)].map(
  ([, body = ""]) => new Map([...body.matchAll(/--([a-z-]+):(#[0-9a-f]+)/gu)].map(([, key = "", value = ""]) => [key, value])),
);

describe("the style", () => {
  it("has a palette for light, dark and print, all of the same names", () => {
    expect(palettes).toHaveLength(3);
    for (const palette of palettes) expect([...palette.keys()].sort()).toEqual([...(palettes[0]?.keys() ?? [])].sort());
  });

  it.each(["light", "dark", "print"].map((name, index) => ({ name, index })))("every ink can be read in $name", ({ index }) => {
    const palette = palettes[index] ?? new Map<string, string>();
    for (const ink of INKS) {
      for (const ground of ["page", "ground"]) {
        expect(contrast(palette.get(ink) ?? "#000", palette.get(ground) ?? "#000"), `${ink} on ${ground}`).toBeGreaterThanOrEqual(4.5);
      }
    }
  });
});
