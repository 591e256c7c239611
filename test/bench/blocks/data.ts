/** What the bench backs up: the same bytes on every machine. A disk image: half random, a quarter zeros, a quarter text. Small files: half random, half text. */
import { createCipheriv } from "node:crypto";
import { closeSync, fsyncSync, mkdirSync, openSync, utimesSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";

const MIB = 1024 * 1024;

/** Random bytes that depend on the seed only. */
export function randomBytesOf(seed: number, bytes: number): Buffer {
  const key = Buffer.alloc(16);
  key.writeUInt32LE(seed);
  return createCipheriv("aes-128-ctr", key, Buffer.alloc(16)).update(Buffer.alloc(bytes));
}

/** Words by Zipf's law, in lines: compresses to about a third. */
export function textOf(seed: number, bytes: number): Buffer {
  const chance = randomBytesOf(seed, Math.ceil(bytes / 2) + 8);
  const words = wordList();
  const out = Buffer.alloc(bytes);
  let at = 0;
  for (let each = 0; at < bytes; each += 2) {
    const share = (chance.readUInt16LE(each % (chance.byteLength - 2)) + 1) / 65_537;
    const word = words[Math.min(words.length - 1, Math.floor(words.length ** share) - 1)] ?? "";
    at += out.write(`${word}${each % 26 === 0 ? "\n" : " "}`, at);
  }
  return out;
}

let list: readonly string[] | undefined;
function wordList(): readonly string[] {
  list ??= Array.from({ length: 8_192 }, (_, index) => {
    const bytes = randomBytesOf(index + 1, 12);
    return Array.from({ length: 2 + ((bytes[0] ?? 0) % 9) }, (_, each) => String.fromCharCode(97 + ((bytes[each + 1] ?? 0) % 26))).join("");
  });
  return list;
}

export function makeImage(path: string, mib: number, seed = 1): void {
  const file = openSync(path, "w");
  for (let each = 0; each < mib; each++) {
    const kind = each % 4;
    const bytes =
      kind === 1 ? Buffer.alloc(MIB) : kind === 3 ? textOf(seed * 100_000 + each, MIB) : randomBytesOf(seed * 100_000 + each, MIB);
    writeSync(file, bytes);
  }
  fsyncSync(file);
  closeSync(file);
}

/** Rewrites `count` MiB of an image, one by one, at MiB borders or at odd places. */
export function changeImage(path: string, mib: number, count: number, seed: number, aligned: boolean): void {
  const file = openSync(path, "r+");
  const chance = randomBytesOf(seed, count * 4);
  const chosen = new Set<number>();
  for (let each = 0; chosen.size < count; each++) chosen.add((chance.readUInt32LE((each % count) * 4) + each) % (mib - 1));
  for (const [index, place] of [...chosen].entries())
    writeSync(file, randomBytesOf(seed * 1_000 + index, MIB), 0, MIB, place * MIB + (aligned ? 0 : 400_000));
  fsyncSync(file);
  closeSync(file);
}

/** 512 B to 256 KiB each, sizes spread evenly over the powers between. */
export function makeFiles(folder: string, count: number): void {
  const chance = randomBytesOf(7, count * 4);
  for (let each = 0; each < count; each++) {
    const inside = join(folder, `d${String(each % 50).padStart(2, "0")}`);
    mkdirSync(inside, { recursive: true });
    const bytes = Math.floor(2 ** (9 + 9 * (chance.readUInt32LE(each * 4) / 2 ** 32)));
    const half = Math.ceil(bytes / 2);
    writeFileSync(join(inside, `f${each}`), Buffer.concat([randomBytesOf(500_000 + each, half), textOf(600_000 + each, bytes - half)]));
  }
}

export function touch(path: string): void {
  const now = Date.now() / 1000;
  utimesSync(path, now, now);
}
