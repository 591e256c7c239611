/** What is backed up in the soaks of the block engine: a disk image and a folder, each in versions. Compresses well, so that a kill costs little. */
import { createHash, randomBytes } from "node:crypto";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const MIB = 1024 * 1024;
const IMAGE_BLOCKS = 24;
/** Of each block so much is random, and repeated. */
const RANDOM_BYTES = 32 * 1024;
const ZERO_BLOCKS: ReadonlySet<number> = new Set([9, 10, 17]);

/** In memory where there is such a place: a busy disk takes seconds to put something down in earnest. */
export function soakFolder(): string {
  return mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "reprise-soak-"));
}

export interface SoakSource {
  readonly path: string;
  /** Of the version that stands there now. */
  readonly fingerprint: () => string;
  /** Changes some of it. */
  readonly change: () => void;
  /** Of what was restored to `path`. */
  readonly fingerprintOf: (path: string) => string;
}

/** 24 MiB; a change writes every fifth block anew. */
export function diskSource(folder: string, blocks = IMAGE_BLOCKS, randomBytesPerBlock = RANDOM_BYTES): SoakSource {
  const path = join(folder, "disk.img");
  const block = (): Buffer => {
    const random = randomBytes(randomBytesPerBlock);
    return Buffer.concat(Array.from({ length: MIB / randomBytesPerBlock }, () => random));
  };
  const bytes = Buffer.concat(Array.from({ length: blocks }, (_, index) => (ZERO_BLOCKS.has(index) ? Buffer.alloc(MIB) : block())));
  writeFileSync(path, bytes);
  return {
    path,
    fingerprint: () => sha256(bytes),
    change: () => {
      for (let index = 1; index < blocks; index += 5) block().copy(bytes, index * MIB);
      writeFileSync(path, bytes);
    },
    fingerprintOf: (restored) => sha256(readFileSync(restored)),
  };
}

/** Small files that share units, some of a few MiB, a link; a change writes some files anew, adds one and removes one. */
export function folderSource(folder: string): SoakSource {
  const path = join(folder, "files");
  const large = (): Buffer => {
    const random = randomBytes(RANDOM_BYTES);
    return Buffer.concat(Array.from({ length: 80 }, () => random));
  };
  mkdirSync(join(path, "deep/er"), { recursive: true });
  for (let index = 0; index < 60; index++) writeFileSync(join(path, `deep/${index}`), randomBytes(40 * index));
  for (let index = 0; index < 6; index++) writeFileSync(join(path, `deep/er/large-${index}`), large());
  symlinkSync("deep/7", join(path, "link"));
  let version = 0;
  return {
    path,
    fingerprint: () => treeFingerprint(path),
    change: () => {
      version++;
      writeFileSync(join(path, "deep/er/large-2"), large());
      writeFileSync(join(path, "deep/5"), `version ${version}`);
      writeFileSync(join(path, `deep/new-${version}`), randomBytes(5_000));
      rmSync(join(path, `deep/${10 + version}`), { force: true });
    },
    fingerprintOf: treeFingerprint,
  };
}

/** Names, kinds, modes, contents. */
export function treeFingerprint(root: string): string {
  const lines: string[] = [];
  const walk = (below: string): void => {
    for (const name of readdirSync(join(root, below)).sort()) {
      const at = `${below}${name}`;
      const info = lstatSync(join(root, at));
      const content = info.isFile() ? sha256(readFileSync(join(root, at))) : info.isSymbolicLink() ? readlinkSync(join(root, at)) : "";
      lines.push(`${at} ${info.isSymbolicLink() ? "link" : info.mode.toString(8)} ${content}`);
      if (info.isDirectory()) walk(`${at}/`);
    }
  };
  walk("");
  return sha256(Buffer.from(lines.join("\n")));
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
