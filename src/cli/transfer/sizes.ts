/** Sizes as people write and read them. */
import type { Compression } from "../../policy/job/job.ts";
import { BLOCK_SIZE_ALLOWED, COMPRESSION_ALLOWED, blockSizeOf, bytesOf, compressionOf } from "../../settings/transfer.ts";
import { UsageError } from "../terminal.ts";

/** `1MiB`, `512k`, `1048576`. @throws UsageError */
export function readSize(flag: string, text: string, allowed: string): number {
  const bytes = bytesOf(text);
  if (bytes === undefined) throw new UsageError(`${flag}: found ${JSON.stringify(text)}; allowed: ${allowed}.`);
  return bytes;
}

export function readBlockSize(text: string): number {
  const bytes = blockSizeOf(text);
  if (bytes === undefined) throw new UsageError(`--block-size: found ${JSON.stringify(text)}; allowed: ${BLOCK_SIZE_ALLOWED}.`);
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

export function readCompression(text: string): Compression {
  const compression = compressionOf(text);
  if (compression === undefined) throw new UsageError(`--compression: found ${JSON.stringify(text)}; allowed: ${COMPRESSION_ALLOWED}.`);
  return compression;
}
