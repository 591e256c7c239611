/** The kinds of values that settings have. Each says what is allowed in words and reads text; undefined means refused. */
export interface Kind<T> {
  /** For a person, as the end of "allowed: …". */
  readonly allowed: string;
  /** Text without spaces at its ends, never empty. */
  readonly read: (text: string) => T | undefined;
  /** For text that is refused and has places inside it: what is wrong where. */
  readonly problems?: (text: string) => readonly PlacedProblem[];
}

export interface PlacedProblem {
  /** Behind the setting's name: `[1].timeZone`; empty for all of it. */
  readonly place: string;
  readonly found: string;
  readonly allowed: string;
}

export function wholeNumber(range: { readonly min: number; readonly max: number; readonly unit?: string }): Kind<number> {
  return {
    allowed: `a whole number${range.unit === undefined ? "" : ` of ${range.unit}`} from ${range.min} to ${range.max}`,
    read: (text) => {
      const value = /^[+-]?\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
      return Number.isFinite(value) && Number.isInteger(value) && value >= range.min && value <= range.max ? value : undefined;
    },
  };
}

const FLAGS: Readonly<Record<string, boolean>> = {
  true: true,
  "1": true,
  yes: true,
  on: true,
  false: false,
  "0": false,
  no: false,
  off: false,
};

export const flag: Kind<boolean> = {
  allowed: "true or false (also 1, yes, on; 0, no, off)",
  read: (text) => (Object.hasOwn(FLAGS, text.toLowerCase()) ? FLAGS[text.toLowerCase()] : undefined),
};

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A length of time like `90m`, in milliseconds. */
export function duration(range: { readonly minMs: number; readonly maxMs: number; readonly words: string }): Kind<number> {
  return {
    allowed: `a whole number with s, m, h or d, ${range.words}`,
    read: (text) => {
      const parts = /^(\d{1,9})([smhd])$/i.exec(text);
      const valueMs = Number(parts?.[1] ?? Number.NaN) * (UNIT_MS[parts?.[2]?.toLowerCase() ?? ""] ?? Number.NaN);
      return Number.isFinite(valueMs) && valueMs >= range.minMs && valueMs <= range.maxMs ? valueMs : undefined;
    },
  };
}

/** One of `words`, whatever its case; given as the list spells it. */
export function word<W extends string>(words: readonly W[]): Kind<W> {
  return {
    allowed: words.join(", "),
    read: (text) => words.find((each) => each.toLowerCase() === text.toLowerCase()),
  };
}

export function matching(pattern: RegExp, allowed: string, spell: (text: string) => string = (text) => text): Kind<string> {
  return { allowed, read: (text) => (pattern.test(text) ? spell(text) : undefined) };
}

/** Separated by commas; doubles are dropped. */
export function listOf<T>(kind: Kind<T>, allowed: string): Kind<readonly T[]> {
  return {
    allowed,
    read: (text) => {
      const values: T[] = [];
      for (const part of text.split(",")) {
        const value = part.trim() === "" ? undefined : kind.read(part.trim());
        if (value === undefined) return undefined;
        if (!values.includes(value)) values.push(value);
      }
      return values;
    },
  };
}
