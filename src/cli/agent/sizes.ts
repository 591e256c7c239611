/** Sizes as people write and read them. */
import { UsageError } from "../terminal.ts";

const FACTORS: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  k: 1024,
  kib: 1024,
  m: 1024 ** 2,
  mib: 1024 ** 2,
  g: 1024 ** 3,
  gib: 1024 ** 3,
};

/** `1MiB`, `512k`, `1048576`. @throws UsageError */
export function readSize(flag: string, text: string, allowed: string): number {
  const parts = /^(\d+)\s*([a-z]*)$/i.exec(text.trim());
  const factor = FACTORS[(parts?.[2] ?? "?").toLowerCase()];
  if (parts === null || factor === undefined) throw new UsageError(`${flag}: found ${JSON.stringify(text)}; allowed: ${allowed}.`);
  return Number(parts[1]) * factor;
}

export function readBlockSize(text: string): number {
  const allowed = "a power of two from 4KiB to 4MiB";
  const bytes = readSize("--block-size", text, allowed);
  if (bytes < 4_096 || bytes > 4_194_304 || (bytes & (bytes - 1)) !== 0)
    throw new UsageError(`--block-size: found ${JSON.stringify(text)}; allowed: ${allowed}.`);
  return bytes;
}

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/** `1.5 GiB` */
export function sizeText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

/** `--compression zstd`, `zstd:3`, `none` */
export function readCompression(text: string): { readonly codec: "none" } | { readonly codec: "zstd"; readonly level: number } {
  if (text === "none") return { codec: "none" };
  const level = /^zstd(?::(\d{1,2}))?$/.exec(text);
  const value = Number(level?.[1] ?? 1);
  if (level === null || value < 1 || value > 19)
    throw new UsageError(`--compression: found ${JSON.stringify(text)}; allowed: zstd, zstd:1 to zstd:19, none.`);
  return { codec: "zstd", level: value };
}
