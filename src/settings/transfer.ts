/** Sizes and codecs as people write them, in flags and job files. In: text. Out: the value; undefined means refused. */
import type { Compression } from "../policy/job/job.ts";

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

/** `1MiB`, `512k`, `1048576` */
export function bytesOf(text: string): number | undefined {
  const parts = /^(\d{1,15})\s*([a-z]*)$/i.exec(text.trim());
  const factor = FACTORS[(parts?.[2] ?? "?").toLowerCase()];
  const bytes = Number(parts?.[1] ?? Number.NaN) * (factor ?? Number.NaN);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

export const BLOCK_SIZE_ALLOWED = "a power of two from 4KiB to 4MiB";

export function blockSizeOf(text: string): number | undefined {
  const bytes = bytesOf(text);
  return bytes === undefined || bytes < 4_096 || bytes > 4_194_304 || (bytes & (bytes - 1)) !== 0 ? undefined : bytes;
}

export const COMPRESSION_ALLOWED = "zstd, zstd:1 to zstd:19, none";

export function compressionOf(text: string): Compression | undefined {
  if (text === "none") return { codec: "none" };
  const level = /^zstd(?::(\d{1,2}))?$/.exec(text);
  const value = Number(level?.[1] ?? 1);
  return level === null || value < 1 || value > 19 ? undefined : { codec: "zstd", level: value };
}
