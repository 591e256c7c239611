/**
 * Names and texts from Azure, made harmless and honest for people: characters that hide, reorder or steer are replaced by a visible sign.
 * In: any string. Out: a string without control, format or unpaired characters. Escaping for a format (HTML, JSON) is not done here.
 */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;
const PLAIN = /^[ -~]*$/u;
const JOINERS = new Set(["\u200c", "\u200d"]);
const VARIATION_SELECTOR = /\p{Variation_Selector}/u;
/** Format characters that draw something: the Arabic number signs and the Syriac abbreviation mark. */
const DRAWN_FORMATS = /[\u0600-\u0605\u06dd\u070f\u08e2]/u;
const NAME_LIMIT = 300;
const PROSE_LIMIT = 1_200;

/** A name in one line, exact but for what cannot be seen: a newline in a name is shown as a sign, not obeyed. */
export function visibleName(text: string): string {
  return clip(reveal(text), NAME_LIMIT);
}

/** A sentence or an error text in one line: white space of any kind becomes one space, as a reader expects it. */
export function visibleProse(text: string): string {
  return clip(reveal(text.replaceAll(/\s+/gu, " ").trim()), PROSE_LIMIT);
}

/** As long as it is, every hidden character shown. Harmless to do twice. */
export function reveal(text: string): string {
  if (PLAIN.test(text)) return text;
  return text.replaceAll(HIDDEN, (character: string, offset: number) => {
    // Joiners shape letters and emoji; between plain ASCII they only make two names look alike.
    if (JOINERS.has(character) && !besideAscii(text, offset)) return character;
    if (VARIATION_SELECTOR.test(character) || DRAWN_FORMATS.test(character)) return character;
    return sign(character);
  });
}

function besideAscii(text: string, offset: number): boolean {
  const before = text.charCodeAt(offset - 1);
  const after = text.charCodeAt(offset + 1);
  return !(before > 0x7f && after > 0x7f);
}

/** `[U+001B]`: the pictures that Unicode has for controls are too small to read. */
function sign(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return `[U+${code.toString(16).toUpperCase().padStart(4, "0")}]`;
}

function clip(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const points = Array.from(text);
  return points.length <= limit ? text : `${points.slice(0, limit - 1).join("")}…`;
}
