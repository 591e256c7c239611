/** Values as they are stored: JSON texts, and null for null and for what JSON has no word for. */
export function toJson(value: unknown): string | null {
  return value === null ? null : (JSON.stringify(value) ?? null);
}

export function fromJson(text: string | null): unknown {
  return text === null ? null : JSON.parse(text);
}
