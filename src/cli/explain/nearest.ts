/** Which known codes a mistyped one may have meant. */

const MAX_SUGGESTIONS = 3;
/** Longer words cannot be near to any code; the comparison grows with the square of the length. */
const MAX_CHARS = 128;

/** At most three of `known`, nearest first, compared without case: near is an edit distance of at most 3 or a quarter of the word's length. */
export function nearestCodes(word: string, known: readonly string[]): readonly string[] {
  if (word.length > MAX_CHARS) return [];
  const limit = Math.max(3, Math.floor(word.length / 4));
  return known
    .map((code) => ({ code, distance: editDistance(word.toLowerCase(), code.toLowerCase()) }))
    .filter(({ code, distance }) => distance <= limit && distance < code.length / 2)
    .sort((a, b) => a.distance - b.distance || a.code.localeCompare(b.code, "en"))
    .slice(0, MAX_SUGGESTIONS)
    .map(({ code }) => code);
}

/** Levenshtein: how many letters have to be put in, left out or changed. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const changed = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(changed, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
