import { randomBytes } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { createJson, readJson, updateJson } from "../../src/store/json-records.ts";
import type { Store } from "../../src/store/store.ts";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const read = async (store: Store, key: string): Promise<string | undefined> => {
  const found = await store.get(key);
  return found === undefined ? undefined : new TextDecoder().decode(found.bytes);
};
const keysOf = async (store: Store, prefix: string): Promise<string[]> => {
  const keys: string[] = [];
  for await (const key of store.list(prefix)) keys.push(key);
  return keys;
};
const versionOf = async (store: Store, key: string): Promise<string> => {
  const found = await store.get(key);
  if (found === undefined) throw new Error(`${key} is not there`);
  return found.version;
};

/** What every store has to do. `open` gives a new, empty place; two calls of the function it returns open the same place twice. */
export function describeStoreContract(name: string, place: () => Promise<() => Store>): void {
  describe(`${name} keeps the store contract`, () => {
    let open: () => Store;
    let store: Store;
    beforeEach(async () => {
      open = await place();
      store = open();
    });

    it("has nothing before the first write", async () => {
      expect(await store.get("runs/r1/run.json")).toBeUndefined();
      expect(await keysOf(store, "")).toEqual([]);
      await store.delete("runs/r1/run.json");
      expect(await store.replace("runs/r1/run.json", text("x"), "1")).toBe(false);
      expect(await store.get("runs/r1/run.json")).toBeUndefined();
    });

    it("gives back what was put, through another opening of the same place too", async () => {
      await store.put("a/b/c", text("one"));
      expect(await read(store, "a/b/c")).toBe("one");
      await open().put("a/b/c", text("two"));
      expect(await read(store, "a/b/c")).toBe("two");
      await store.delete("a/b/c");
      expect(await open().get("a/b/c")).toBeUndefined();
      await store.delete("a/b/c");
    });

    it("keeps empty bytes and 1 MiB of any bytes as they are", async () => {
      const large = Uint8Array.from(randomBytes(1_048_576));
      await store.put("empty", new Uint8Array());
      expect(await store.create("large", large)).toBe(true);
      expect((await store.get("empty"))?.bytes.length).toBe(0);
      expect(Buffer.compare((await store.get("large"))?.bytes ?? new Uint8Array(), large)).toBe(0);
    });

    it("hands out copies", async () => {
      const bytes = text("old");
      await store.put("k", bytes);
      bytes.set(text("new"));
      const got = await store.get("k");
      expect(new TextDecoder().decode(got?.bytes)).toBe("old");
      got?.bytes.set(text("new"));
      expect(await read(store, "k")).toBe("old");
    });

    it("creates only what is not there", async () => {
      expect(await store.create("claim", text("first"))).toBe(true);
      expect(await store.create("claim", text("second"))).toBe(false);
      expect(await store.create("claim", text("first"))).toBe(false);
      expect(await read(store, "claim")).toBe("first");
      await store.delete("claim");
      expect(await store.create("claim", text("third"))).toBe(true);
    });

    it("lets exactly one of 20 concurrent callers create a key", async () => {
      const stores = Array.from({ length: 20 }, open);
      const wins = await Promise.all(stores.map((each, index) => each.create("claims/item", text(`caller ${index}`))));
      expect(wins.filter(Boolean)).toHaveLength(1);
      expect(await read(store, "claims/item")).toBe(`caller ${wins.indexOf(true)}`);
    });

    it("replaces only the version it is told", async () => {
      await store.put("k", text("1"));
      const first = await versionOf(store, "k");
      expect(await store.replace("k", text("2"), first)).toBe(true);
      const second = await versionOf(store, "k");
      expect(second).not.toBe(first);
      expect(await store.replace("k", text("3"), first)).toBe(false);
      expect(await read(store, "k")).toBe("2");
      await store.put("k", text("4"));
      expect(await store.replace("k", text("5"), second)).toBe(false);
      const fourth = await versionOf(store, "k");
      await store.delete("k");
      expect(await store.replace("k", text("6"), fourth)).toBe(false);
      expect(await store.create("k", text("7"))).toBe(true);
      expect(await store.replace("k", text("8"), fourth)).toBe(false);
      expect(await read(store, "k")).toBe("7");
    });

    it("removes only the version it is told", async () => {
      await store.put("k", text("1"));
      const first = await versionOf(store, "k");
      await store.put("k", text("2"));
      expect(await store.remove("k", first)).toBe(false);
      expect(await read(store, "k")).toBe("2");
      expect(await store.remove("k", "no version of ours")).toBe(false);
      expect(await open().remove("k", await versionOf(store, "k"))).toBe(true);
      expect(await store.get("k")).toBeUndefined();
      expect(await keysOf(store, "")).toEqual([]);
      // Gone is gone, whoever did it.
      expect(await store.remove("k", first)).toBe(true);
      expect(await store.remove("never/there", first)).toBe(true);
      expect(await store.create("k", text("3"))).toBe(true);
    });

    it("removes nothing that a concurrent writer has replaced", async () => {
      for (let turn = 0; turn < 20; turn++) {
        await store.put("claim", text(`old ${turn}`));
        const version = await versionOf(store, "claim");
        const [removed, replaced] = await Promise.all([store.remove("claim", version), open().replace("claim", text("new"), version)]);
        expect([removed, replaced].filter(Boolean)).toHaveLength(1);
        expect(await read(store, "claim")).toBe(replaced ? "new" : undefined);
      }
    });

    it("loses no increment of 8 concurrent counters", async () => {
      await createJson(store, "counter", 0);
      await Promise.all(
        Array.from({ length: 8 }, async () => {
          const own = open();
          for (let turn = 0; turn < 5; turn++) await updateJson(own, "counter", Number, (current) => (current ?? 0) + 1, { tries: 1000 });
        }),
      );
      expect((await readJson(store, "counter", Number))?.value).toBe(40);
    });

    it("lists by prefix, also within a segment, in the order of the keys' bytes", async () => {
      const keys = ["b", "b-c", "b.c", "b0/x", "bb/d/e", "bb/d/f", "bb/d-/g", "B", "b_", "b~/y", "a=/1", "a/1", "10", "9", ".hidden"];
      for (const key of keys) await store.put(key, text(key));
      const ordered = keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      expect(await keysOf(store, "")).toEqual(ordered);
      for (const prefix of ["b", "bb/", "bb/d", "bb/d/", "bb/d/e", "bb/d/e/", "b0/x/y", "c", "a/", ".h", "b."]) {
        expect(await keysOf(store, prefix), prefix).toEqual(ordered.filter((key) => key.startsWith(prefix)));
      }
      await store.delete("bb/d/e");
      expect(await keysOf(store, "bb/")).toEqual(["bb/d-/g", "bb/d/f"]);
    });

    it.each([
      ["", "empty"],
      ["..", "parent"],
      [".", "itself"],
      ["a/../b", "parent within"],
      ["a/./b", "itself within"],
      ["/a", "leading slash"],
      ["a/", "trailing slash"],
      ["a//b", "empty segment"],
      ["a\\b", "backslash"],
      ["a b", "space"],
      ["a%2fb", "percent"],
      ["a+b", "plus"],
      ["ä", "not ASCII"],
      ["a\u0000b", "NUL"],
      ["a\n", "line end"],
      ["a.", "ends in a dot"],
      ["a".repeat(201), "long segment"],
      [Array.from({ length: 90 }, () => "a".repeat(9)).join("/"), "long key"],
    ])("refuses the key %j (%s)", async (key) => {
      const refusal = expect.objectContaining({ code: "STORE_INVALID_KEY" }) as Error;
      await expect(store.get(key)).rejects.toEqual(refusal);
      await expect(store.put(key, text("x"))).rejects.toEqual(refusal);
      await expect(store.create(key, text("x"))).rejects.toEqual(refusal);
      await expect(store.replace(key, text("x"), "1")).rejects.toEqual(refusal);
      await expect(store.delete(key)).rejects.toEqual(refusal);
      await expect(store.remove(key, "1")).rejects.toEqual(refusal);
      expect(await keysOf(store, "")).toEqual([]);
    });

    it.each(["/", "a//", "../", "a/../b", "a\\", "a b"])("refuses the prefix %j", async (prefix) => {
      await expect(keysOf(store, prefix)).rejects.toMatchObject({ code: "STORE_INVALID_KEY" });
    });

    it("takes the longest key", async () => {
      const key = `${"a".repeat(200)}/${"b".repeat(200)}/${"c".repeat(200)}/${"d".repeat(197)}`;
      expect(key).toHaveLength(800);
      expect(await store.create(key, text("x"))).toBe(true);
      expect(await keysOf(store, "aaa")).toEqual([key]);
      expect(await read(store, key)).toBe("x");
    });

    it("never shows a reader a part of a write", async () => {
      const pages = ["x", "y"].map((letter) => text(letter.repeat(200_000)));
      await store.put("page", pages[0] ?? new Uint8Array());
      const state = { writing: true };
      const writer = (async () => {
        for (let turn = 1; turn <= 30; turn++) await store.put("page", pages[turn % 2] ?? new Uint8Array());
        state.writing = false;
      })();
      let reads = 0;
      for (const reader = open(); state.writing; reads++) {
        const got = (await read(reader, "page")) ?? "";
        expect(got.length).toBe(200_000);
        expect(new Set(got).size).toBe(1);
      }
      await writer;
      expect(reads).toBeGreaterThan(3);
    });
  });
}
