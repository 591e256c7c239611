/** Any damage to the segments of any chain: after verify and one backup the newest point is what the source is. */
import { randomBytes } from "node:crypto";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, unlinkSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openDirectoryBlockStore } from "../../../src/store/blocks/directory.ts";
import { backUp, jobOf, openTestRepository, pointsOf, testFolder } from "../../support/agent-store.ts";
import { restoreTo } from "../../support/restore-to.ts";
import { verified } from "../../support/verified.ts";
import { removeSegment, sameContent, segmentFolders, spoil, unitsIn, type SourceKind } from "./damaged-store.ts";

const DISK_BYTES = [2 * 1024 * 1024];
const FILE_BYTES = [2 * 1024 * 1024, 5_000, 70_000, 12];

interface Change {
  readonly file: number;
  /** In 32nds of the file. */
  readonly at: number;
  readonly length: number;
  readonly zeros: boolean;
}

interface Damage {
  readonly segment: number;
  readonly unit: number;
  readonly how: "spoil" | "remove" | "remove-segment";
}

interface Round {
  readonly changes: readonly Change[];
  readonly damages: readonly Damage[];
}

const change: fc.Arbitrary<Change> = fc.record({
  file: fc.nat(3),
  at: fc.nat(31),
  length: fc.integer({ min: 1, max: 70_000 }),
  zeros: fc.boolean(),
});
const damage: fc.Arbitrary<Damage> = fc.record({
  segment: fc.nat(9),
  unit: fc.nat(9),
  how: fc.constantFrom("spoil" as const, "remove" as const, "remove-segment" as const),
});
const round: fc.Arbitrary<Round> = fc.record({ changes: fc.array(change, { maxLength: 3 }), damages: fc.array(damage, { maxLength: 3 }) });

function carryOut({ at, length, zeros }: Change, file: string, sizeBytes: number): void {
  const from = Math.floor((at / 32) * sizeBytes);
  const bytes = Math.min(length, sizeBytes - from);
  const opened = openSync(file, "r+");
  writeSync(opened, zeros ? Buffer.alloc(bytes) : randomBytes(bytes), 0, bytes, from);
  closeSync(opened);
}

function inflict({ segment, unit, how }: Damage, store: string): void {
  const segments = segmentFolders(store);
  const chosen = segments[segment % Math.max(1, segments.length)];
  if (chosen === undefined) return;
  const units = unitsIn(chosen);
  const file = units[unit % Math.max(1, units.length)];
  if (how === "remove-segment") removeSegment(chosen);
  else if (file !== undefined && how === "spoil") spoil(file);
  else if (file !== undefined) unlinkSync(file);
}

async function heals(kind: SourceKind, folder: string, rounds: readonly Round[], encrypt: boolean): Promise<void> {
  const source = join(folder, "source");
  if (kind === "folder") mkdirSync(source);
  const files = (kind === "disk" ? DISK_BYTES : FILE_BYTES).map((sizeBytes, each) => ({
    path: kind === "disk" ? source : join(source, `f${each}`),
    sizeBytes,
  }));
  for (const { path, sizeBytes } of files) writeFileSync(path, randomBytes(sizeBytes));
  const store = join(folder, "store");
  const job = jobOf({ d: kind === "disk" ? source : `${source}/` }, { blockSizeBytes: 4_096, compression: { codec: "none" } });
  for (const [index, { changes, damages }] of rounds.entries()) {
    const repository = await openTestRepository(openDirectoryBlockStore(store), encrypt ? { password: "a word", encrypt } : {});
    for (const each of changes) {
      const file = files[each.file % files.length];
      if (file !== undefined) carryOut(each, file.path, file.sizeBytes);
    }
    await backUp(repository, job);
    for (const each of damages) inflict(each, store);
    await verified(repository);
    await backUp(repository, job);
    const newest = (await pointsOf(repository)).at(-1);
    if (newest === undefined) throw new Error("no point");
    expect((await verified(repository, true, { only: [newest] })).damaged).toEqual([]);
    const out = join(folder, `out-${index}`);
    await restoreTo(repository, out, { point: newest.row.id });
    expect(sameContent(source, out)).toBe(true);
  }
}

describe("any damage to the segments of any chain", () => {
  it.each(["disk", "folder"] as const)(
    "J13: after verify and one backup the newest point of a %s is what the source is",
    { timeout: 120_000 },
    async (kind) => {
      const base = testFolder();
      await fc.assert(
        fc.asyncProperty(fc.array(round, { minLength: 1, maxLength: 2 }), fc.boolean(), async (rounds, encrypt) => {
          const folder = mkdtempSync(join(base, "run-"));
          await heals(kind, folder, rounds, encrypt);
          rmSync(folder, { recursive: true });
        }),
        { numRuns: 4 },
      );
    },
  );
});
