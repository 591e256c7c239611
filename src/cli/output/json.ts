/** One object per line: what every command prints with `--json`. JSON escapes control characters, so a line stays a line. */
export function jsonLine(object: object): string {
  return `${JSON.stringify(object)}\n`;
}
