/**
 * How many cells of a terminal (or, roughly, how many half-em widths) a text takes. After Unicode's East Asian Width (UAX 11) with the wide blocks
 * written down as ranges; ambiguous characters count as narrow.
 */
const GRAPHEMES = new Intl.Segmenter("en", { granularity: "grapheme" });
const PLAIN = /^[ -~]*$/u;
const DRAWN_WIDE = /^\p{Emoji_Presentation}|\u{fe0f}|^\p{Regional_Indicator}/u;
/** Marks, joiners, and the vowels and finals of Hangul: drawn onto the character before. */
const ZERO = /[\p{Mn}\p{Me}\p{Cf}\u{1160}-\u{11ff}]/u;

const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2329, 0x232a],
  [0x2e80, 0x303e],
  [0x3041, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6f],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18cff],
  [0x1b000, 0x1b2ff],
  [0x20000, 0x3fffd],
];

export function displayWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const { segment } of GRAPHEMES.segment(text)) width += graphemeWidth(segment);
  return width;
}

/** The text, or as much of it as fits with an ellipsis behind it. */
export function clipToWidth(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  return `${splitAtWidth(text, Math.max(0, width - 1))[0]}…`;
}

/** Splits between graphemes, the first part taking at most `width` cells, but never fewer than `least` graphemes. */
export function splitAtWidth(text: string, width: number, least = 0): [string, string] {
  if (PLAIN.test(text)) return [text.slice(0, Math.max(least, width)), text.slice(Math.max(least, width))];
  let used = 0;
  let taken = 0;
  for (const { segment, index } of GRAPHEMES.segment(text)) {
    used += graphemeWidth(segment);
    if (used > width && taken >= least) return [text.slice(0, index), text.slice(index)];
    taken += 1;
  }
  return [text, ""];
}

function graphemeWidth(grapheme: string): number {
  if (DRAWN_WIDE.test(grapheme)) return 2;
  let width = 0;
  for (const character of grapheme) width += characterWidth(character);
  return width;
}

function characterWidth(character: string): number {
  if (ZERO.test(character)) return 0;
  const code = character.codePointAt(0) ?? 0;
  return WIDE.some(([from, to]) => code >= from && code <= to) ? 2 : 1;
}
