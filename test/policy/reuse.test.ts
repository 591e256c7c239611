import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Compression } from "../../src/policy/job/job.ts";
import { decideReuse, reuseByMachine, type ScopePart, type TransferSettings } from "../../src/policy/reuse.ts";

const scope = fc.uniqueArray(fc.record({ disk: fc.constantFrom("a", "b", "c"), path: fc.constantFrom("/1", "/2") }), {
  selector: ({ disk }) => disk,
});
const compression = fc.constantFrom<Compression[]>({ codec: "none" }, { codec: "zstd", level: 1 }, { codec: "zstd", level: 9 });
const keyId = fc.constantFrom("key-1", "key-2");
const encryption = fc.option(fc.record({ keyId, wrappingId: fc.constantFrom("password-1", "password-2") }), { nil: undefined });
const blockSizeBytes = fc.constantFrom(1 << 20, 4 << 20);
const settings: fc.Arbitrary<TransferSettings> = fc
  .record({ compression, blockSizeBytes, encryption, scope })
  .map(({ encryption, ...rest }) => ({ ...rest, ...(encryption && { encryption }) }));

const byDisk = (parts: readonly ScopePart[]): string => JSON.stringify(parts.map(({ disk, path }) => `${disk}=${path}`).sort());

describe("reuse of blocks", () => {
  it("J8: the same settings allow it, whatever the order of the disks", () => {
    fc.assert(
      fc.property(settings, (now) => {
        expect(decideReuse({ ...now, scope: now.scope.toReversed() }, now)).toEqual({ allowed: true });
      }),
    );
  });

  it("J8: a change of compression sends every block again", () => {
    fc.assert(
      fc.property(settings, compression, compression, (now, one, other) => {
        fc.pre(one !== other);
        expect(decideReuse({ ...now, compression: one }, { ...now, compression: other })).toMatchObject({
          allowed: false,
          fullTransferReason: "compression",
        });
      }),
    );
  });

  it("J8: a change of the block size sends every block again", () => {
    fc.assert(
      fc.property(settings, (now) => {
        const before = { ...now, blockSizeBytes: now.blockSizeBytes * 2 };
        expect(decideReuse(before, now)).toMatchObject({ allowed: false, fullTransferReason: "block-size" });
      }),
    );
  });

  it("J8: encryption switched on or off, or a new data key, sends every block again", () => {
    fc.assert(
      fc.property(settings, encryption, encryption, (now, one, other) => {
        fc.pre(one?.keyId !== other?.keyId);
        const { encryption: _, ...plain } = now;
        const reuse = decideReuse({ ...plain, ...(one && { encryption: one }) }, { ...plain, ...(other && { encryption: other }) });
        expect(reuse).toMatchObject({ allowed: false, fullTransferReason: "encryption" });
      }),
    );
  });

  it("J8: a mere change of password sends nothing again", () => {
    fc.assert(
      fc.property(settings, keyId, (now, keyId) => {
        const under = (wrappingId: string): TransferSettings => ({ ...now, encryption: { keyId, wrappingId } });
        expect(decideReuse(under("password-1"), under("password-2"))).toEqual({ allowed: true });
      }),
    );
  });

  it("J8: a change of scope sends again the machine whose disks or paths changed, and no other", () => {
    fc.assert(
      fc.property(settings, scope, scope, (now, one, other) => {
        fc.pre(byDisk(one) !== byDisk(other));
        const reuse = reuseByMachine(
          new Map([
            ["changed", { ...now, scope: one }],
            ["same", now],
          ]),
          new Map([
            ["same", now],
            ["changed", { ...now, scope: other }],
            ["new", now],
          ]),
        );
        expect(reuse.get("changed")).toMatchObject({ allowed: false, fullTransferReason: "scope" });
        expect(reuse.get("same")).toEqual({ allowed: true });
        expect(reuse.get("new")).toEqual({ allowed: true });
      }),
    );
  });

  it("J8: the reason says in words what changed", () => {
    const now: TransferSettings = {
      compression: { codec: "zstd", level: 1 },
      blockSizeBytes: 1 << 20,
      encryption: { keyId: "key-2", wrappingId: "password-1" },
      scope: [{ disk: "data", path: "/dev/sdb" }],
    };
    const why = (before: Partial<TransferSettings>): string | undefined => {
      const reuse = decideReuse({ ...now, ...before }, now);
      return reuse.allowed ? undefined : reuse.reason;
    };
    expect(why({ compression: { codec: "none" } })).toBe(
      "Compression is zstd level 1, the data was sent with none: every block is sent again.",
    );
    expect(why({ blockSizeBytes: 4 << 20 })).toBe("Blocks are 1 MiB, the data was sent in blocks of 4 MiB: every block is sent again.");
    expect(why({ encryption: { keyId: "key-1", wrappingId: "password-1" } })).toBe(
      "The store has a new data key: every block is sent again.",
    );
    expect(why({ scope: [{ disk: "data", path: "/dev/sda" }] })).toBe(
      "What is backed up of the machine changed (data): every block is sent again.",
    );
  });

  it("the first transfer of a machine has no reason to be full", () => {
    fc.assert(
      fc.property(settings, (now) => {
        expect(decideReuse(undefined, now)).toEqual({ allowed: true });
      }),
    );
  });
});
