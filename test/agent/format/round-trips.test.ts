/** What is written can be read, and what was touched since is noticed. `docs/format.md` says it byte by byte. */
import { createHash, createHmac, randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PLAIN_KEY_ID, dataKeyOf } from "../../../src/agent/format/data-key.ts";
import { packUnitId, unpackUnitId } from "../../../src/agent/format/ids.ts";
import { PageBuilder, ZERO_HASH, readPage } from "../../../src/agent/format/index-page.ts";
import { openObject, sealObject } from "../../../src/agent/format/object.ts";
import { decodeTreePage, encodeTreePage } from "../../../src/agent/format/tree-page.ts";
import { maxUnitBytes, openUnit, sealUnit } from "../../../src/agent/format/unit.ts";
import { unwrapKey, wrapKey } from "../../../src/agent/repository/passwords.ts";

const secret = randomBytes(32);
const plainKey = dataKeyOf(secret, PLAIN_KEY_ID);
const encryptingKey = dataKeyOf(secret, "ab".repeat(16));
const draftId = "cd".repeat(16);

const content = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 3_000 }),
  fc.tuple(fc.nat(200_000), fc.nat(255)).map(([length, byte]) => new Uint8Array(length + 1).fill(byte)),
);

describe("units", () => {
  it.each([
    ["plain", plainKey],
    ["encrypted", encryptingKey],
  ])("hold any blocks, %s, and give back those that are asked for", (_, key) => {
    fc.assert(
      fc.property(fc.array(content, { minLength: 1, maxLength: 20 }), fc.boolean(), fc.nat(1_000), (contents, packs, sequence) => {
        const blocks = contents.map((bytes, place) => ({ bytes, place, hash: createHash("sha256").update(bytes).digest() }));
        const keys = { keyId: key.id, unitKey: key.encrypts ? key.unitKey(draftId, 3) : undefined };
        const output = new Uint8Array(
          maxUnitBytes(
            blocks.reduce((sum, { bytes }) => sum + bytes.byteLength, 0),
            blocks.length,
          ),
        );
        const codec = packs ? ({ codec: "zstd", level: 1 } as const) : ({ codec: "none" } as const);
        const length = sealUnit(blocks, { draftId, attempt: 3, sequence }, keys, codec, output);
        const unit = output.slice(0, length);
        const opened = openUnit(unit, keys);
        expect(opened.map((block) => block && Buffer.from(block.bytes))).toEqual(contents.map((bytes) => Buffer.from(bytes)));
        expect(opened.map((block) => block?.place)).toEqual(blocks.map(({ place }) => place));
        const wanted = blocks.length - 1;
        expect(
          Buffer.compare(openUnit(unit, keys, new Set([wanted]))[wanted]?.bytes ?? new Uint8Array(), contents[wanted] ?? new Uint8Array()),
        ).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  it("encrypted, no changed byte is taken", () => {
    const keys = { keyId: encryptingKey.id, unitKey: encryptingKey.unitKey(draftId, 1) };
    const bytes = randomBytes(500);
    const output = new Uint8Array(maxUnitBytes(500, 1));
    const length = sealUnit(
      [{ bytes, place: 0, hash: randomBytes(32) }],
      { draftId, attempt: 1, sequence: 0 },
      keys,
      { codec: "none" },
      output,
    );
    for (let at = 0; at < length; at += 7) {
      const changed = output.slice(0, length);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => openUnit(changed, keys), `byte ${at}`).toThrow();
    }
  });

  it("another attempt or number gives other bytes: no nonce comes twice under one key", () => {
    const seal = (attempt: number, sequence: number): string => {
      const output = new Uint8Array(maxUnitBytes(100, 1));
      const keys = { keyId: encryptingKey.id, unitKey: encryptingKey.unitKey(draftId, attempt) };
      const length = sealUnit(
        [{ bytes: new Uint8Array(100).fill(7), place: 0, hash: ZERO_HASH }],
        { draftId, attempt, sequence },
        keys,
        { codec: "none" },
        output,
      );
      return Buffer.from(output.subarray(64, length)).toString("hex");
    };
    expect(new Set([seal(1, 0), seal(1, 1), seal(2, 0), seal(2, 1)]).size).toBe(4);
    expect(seal(1, 0)).toBe(seal(1, 0));
  });

  it("have ids of 48 bytes that say number and content", () => {
    fc.assert(
      fc.property(
        fc.nat(2 ** 31),
        fc.maxSafeNat().map((value) => value % 2 ** 48),
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        (attempt, unitNumber, hash) => {
          const id = packUnitId({ attempt, unitNumber, hash });
          expect(id).toMatch(/^[0-9a-f]{96}$/);
          expect(unpackUnitId(id)).toEqual({ attempt, unitNumber, hash });
        },
      ),
    );
    expect(unpackUnitId("02".repeat(48))).toBeUndefined();
    expect(unpackUnitId("01")).toBeUndefined();
  });
});

describe("objects", () => {
  it.each([
    ["plain", plainKey],
    ["encrypted", encryptingKey],
  ])("%s: come back as they were, and only under their own name", (_, key) => {
    fc.assert(
      fc.property(content, (bytes) => {
        const sealed = sealObject(key, "index/a/b/c", bytes);
        expect(Buffer.compare(openObject(key, "index/a/b/c", sealed), bytes)).toBe(0);
        expect(() => openObject(key, "index/a/b/d", sealed)).toThrow(/another name/);
      }),
      { numRuns: 50 },
    );
  });

  it("no changed byte is taken, no other key opens them", () => {
    for (const key of [plainKey, encryptingKey]) {
      const sealed = sealObject(key, "p", randomBytes(200));
      for (let at = 0; at < sealed.byteLength; at += 5) {
        const changed = Buffer.from(sealed);
        changed[at] = (changed[at] ?? 0) ^ 4;
        expect(() => openObject(key, "p", changed), `byte ${at}`).toThrow(/damaged/);
      }
    }
    expect(() => openObject(dataKeyOf(randomBytes(32), encryptingKey.id), "p", sealObject(encryptingKey, "p", randomBytes(9)))).toThrow(
      /damaged/,
    );
  });

  it("encrypted, the same content written twice under one name looks different", () => {
    const bytes = randomBytes(100);
    expect(
      sealObject(encryptingKey, "p", bytes)
        .subarray(96)
        .equals(sealObject(encryptingKey, "p", bytes).subarray(96)),
    ).toBe(false);
  });
});

describe("index pages", () => {
  const place = fc.record({
    segment: fc.integer({ min: 0, max: 300 }).map((number) => `data/m/d/s-${number}`),
    offset: fc.nat(2 ** 32 - 1),
    lengthBytes: fc.nat(2 ** 23),
    inner: fc.nat(1_023),
  });
  it("say where blocks are, through changes of changes; a page of zeros is none", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.array(fc.tuple(fc.nat(59), fc.option(place, { nil: undefined })), { maxLength: 80 }),
        (count, changes) => {
          const model = new Map<number, string>();
          let page: ReturnType<typeof readPage> | undefined;
          for (let from = 0; from < changes.length; from += 10) {
            const builder = new PageBuilder(count, page);
            for (const [block, where] of changes.slice(from, from + 10)) {
              if (block >= count) continue;
              builder.set(block, where === undefined ? ZERO_HASH : createHash("sha256").update(JSON.stringify(where)).digest(), where);
              if (where === undefined) model.delete(block);
              else model.set(block, JSON.stringify(where));
            }
            const bytes = builder.encode();
            expect(bytes === undefined).toBe(model.size === 0);
            page = bytes === undefined ? undefined : readPage("p", bytes);
          }
          for (let block = 0; block < count; block++) {
            const found = page?.place(block);
            expect(
              found === undefined
                ? undefined
                : JSON.stringify({ segment: found.segment, offset: found.offset, lengthBytes: found.lengthBytes, inner: found.inner }),
            ).toBe(model.get(block));
          }
          expect(new Set(page?.segments ?? [])).toEqual(
            new Set([...model.values()].map((text) => (JSON.parse(text) as { segment: string }).segment)),
          );
        },
      ),
      { numRuns: 80 },
    );
  });
});

describe("tree pages", () => {
  it("keep names of any bytes, and where the blocks are", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.uint8Array({ minLength: 1, maxLength: 40 }),
            fc.option(fc.uint8Array({ maxLength: 40 }), { nil: undefined }),
            fc.nat(5),
          ),
          { maxLength: 20 },
        ),
        (files) => {
          const entries = files.map(([path, target, blocks], index) => ({
            entry: {
              path,
              type: target === undefined ? ("file" as const) : ("symlink" as const),
              mode: index % 0o7777,
              uid: index,
              gid: 0,
              mtimeNs: 1_700_000_000_123_456_789n + BigInt(index),
              ctimeNs: 1n,
              sizeBytes: blocks * 10,
              inode: `1:${index}`,
              links: 1,
              ...(target !== undefined && { target }),
            },
            blocks: Array.from({ length: blocks }, (_, each) =>
              each % 2 === 0
                ? { hash: ZERO_HASH, lengthBytes: 10, place: undefined }
                : {
                    hash: new Uint8Array(32).fill(each),
                    lengthBytes: 10,
                    place: { segment: `s${each}`, offset: each, lengthBytes: 100, inner: each },
                  },
            ),
            more: index % 3 === 0,
            continues: index % 3 === 1,
          }));
          const decoded = decodeTreePage("t", encodeTreePage(entries).bytes);
          const shown = (list: typeof decoded): unknown =>
            list.map(({ entry, ...rest }) => ({
              ...rest,
              blocks: rest.blocks.map((block) => ({ ...block, hash: Buffer.from(block.hash).toString("hex") })),
              entry: {
                ...entry,
                path: Buffer.from(entry.path).toString("hex"),
                target: entry.target && Buffer.from(entry.target).toString("hex"),
              },
            }));
          expect(shown(decoded)).toEqual(shown(entries));
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("keys", () => {
  it("are those that docs/format.md says", () => {
    const hashKey = plainKey.hashKey;
    const extracted = createHmac("sha256", Buffer.alloc(16)).update(secret).digest();
    const expanded = createHmac("sha256", extracted).update("reprise 1 hash").update(Buffer.of(1)).digest();
    expect(Buffer.from(hashKey).equals(expanded)).toBe(true);
  });

  it("a password opens its own slot, no other password, no other slot", async () => {
    const about = { key: "12".repeat(16), slot: "34".repeat(16), createdAt: "2026-01-01T00:00:00.000Z", label: "first" };
    const slot = await wrapKey(secret, "caf\u00e9", about);
    expect(Buffer.from((await unwrapKey(slot, "cafe\u0301")) ?? []).equals(secret)).toBe(true);
    expect(await unwrapKey(slot, "cafe")).toBeUndefined();
    expect(await unwrapKey({ ...slot, slot: "56".repeat(16) }, "caf\u00e9")).toBeUndefined();
  });
});
