import { randomBytes } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { MAX_UNIT_BYTES } from "../../src/store/blocks/block-store.ts";
import type { BlockStore, SegmentName } from "../../src/store/blocks/block-store.ts";

export const unitId = (number: number): string => number.toString(16).padStart(96, "0");
const bytesOf = (number: number, sizeBytes: number): Uint8Array =>
  Uint8Array.from({ length: sizeBytes }, (_, at) => (number * 31 + at) & 0xff);
const same = (one: Uint8Array, other: Uint8Array): boolean => Buffer.compare(one, other) === 0;
const namesOf = async (store: BlockStore, prefix: string): Promise<SegmentName[]> => {
  const names: SegmentName[] = [];
  for await (const name of store.listSegments(prefix)) names.push(name);
  return names;
};
const keysOf = async (store: BlockStore, prefix: string): Promise<string[]> => {
  const keys: string[] = [];
  for await (const key of store.list(prefix)) keys.push(key);
  return keys;
};
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** What every block store has to do. `place` gives a new, empty place; two calls of the function it returns open the same place twice. */
export function describeBlockStoreContract(name: string, place: () => Promise<() => BlockStore>): void {
  describe(`${name} keeps the contract of block stores`, () => {
    let open: () => BlockStore;
    let store: BlockStore;
    beforeEach(async () => {
      open = await place();
      store = open();
    });

    const putAll = async (segment: string, sizes: readonly number[]): Promise<string[]> => {
      await Promise.all(sizes.map((sizeBytes, number) => store.putUnit(segment, unitId(number), bytesOf(number, sizeBytes))));
      return sizes.map((_, number) => unitId(number));
    };

    it("has nothing before the first write, and reading makes nothing", async () => {
      expect(await store.exists()).toBe(false);
      expect(await store.listUnits("data/s1")).toBeUndefined();
      expect(await namesOf(store, "data/")).toEqual([]);
      expect(await keysOf(store, "")).toEqual([]);
      expect(await store.deleteSegment("data/s1")).toBe("deleted");
      expect(await store.deleteRecord("job.json")).toBe("deleted");
      await expect(store.readRange("data/s1", 0, 1)).rejects.toMatchObject({ code: "STORE_NOT_FOUND" });
      await store.probe();
      expect(await open().exists()).toBe(false);
      await store.putUnit("data/s1", unitId(1), text("x"));
      expect(await open().exists()).toBe(true);
    });

    it("lists units that were put in any order, each once, and cannot read them yet", async () => {
      for (const number of [3, 1, 2, 1]) await store.putUnit("data/a/s1", unitId(number), bytesOf(number, 1000 + number));
      const state = await open().listUnits("data/a/s1");
      expect(state?.sealed).toBe(false);
      expect(state?.units.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual(
        [1, 2, 3].map((number) => ({ id: unitId(number), sizeBytes: 1000 + number })),
      );
      await expect(store.readRange("data/a/s1", 0, 1)).rejects.toMatchObject({ code: "STORE_NOT_FOUND" });
    });

    it("takes the bytes that were put last under an id", async () => {
      await store.putUnit("data/s", unitId(1), text("first"));
      await store.putUnit("data/s", unitId(1), text("second one"));
      await store.seal("data/s", [unitId(1)]);
      expect(new TextDecoder().decode(await store.readRange("data/s", 0, 10))).toBe("second one");
    });

    it("reads a sealed segment as its units in the order of the list", async () => {
      const sizes = [1, 70_000, 3, 50_000, 2, 4_096];
      const ids = await putAll("data/s", sizes);
      const order = [4, 1, 5, 0, 3, 2];
      await store.seal(
        "data/s",
        order.map((number) => ids[number] ?? ""),
      );
      const whole = Buffer.concat(order.map((number) => bytesOf(number, sizes[number] ?? 0)));
      const reader = open();
      expect(await reader.listUnits("data/s")).toEqual({
        sealed: true,
        units: order.map((number) => ({ id: ids[number], sizeBytes: sizes[number] })),
      });
      expect(same(await reader.readRange("data/s", 0, whole.length), whole)).toBe(true);
      for (const [offset, lengthBytes] of [
        [0, 1],
        [1, 2],
        [1, 3],
        [2, 70_000],
        [2, 70_001],
        [70_001, 8_000],
        [whole.length - 1, 1],
        [whole.length - 9, 9],
        [5, 0],
      ] as const) {
        const got = await reader.readRange("data/s", offset, lengthBytes);
        expect(same(got, whole.subarray(offset, offset + lengthBytes)), `${lengthBytes} at ${offset}`).toBe(true);
      }
      for (const [offset, lengthBytes] of [
        [whole.length - 1, 2],
        [whole.length, 1],
        [whole.length + 1_000, 5],
      ] as const)
        await expect(reader.readRange("data/s", offset, lengthBytes)).rejects.toMatchObject({ code: "STORE_DAMAGED_RECORD" });
    });

    it("drops the units that the list does not name", async () => {
      const ids = await putAll("data/s", [5, 6, 7]);
      await store.seal("data/s", [ids[1] ?? ""]);
      expect(await store.listUnits("data/s")).toEqual({ sealed: true, units: [{ id: ids[1], sizeBytes: 6 }] });
      await expect(store.seal("data/s", ids)).rejects.toMatchObject({ code: "STORE_SEGMENT_SEALED" });
    });

    it("seals nothing when units are missing, and says which", async () => {
      const ids = await putAll("data/s", [5, 6]);
      const wanted = [ids[0] ?? "", unitId(77), ids[1] ?? "", unitId(78)];
      await expect(store.seal("data/s", wanted)).rejects.toMatchObject({
        code: "STORE_UNITS_MISSING",
        segment: "data/s",
        missing: [unitId(77), unitId(78)],
      });
      await expect(store.seal("data/none", [unitId(1)])).rejects.toMatchObject({ code: "STORE_UNITS_MISSING", missing: [unitId(1)] });
      expect((await store.listUnits("data/s"))?.sealed).toBe(false);
      await store.putUnit("data/s", unitId(77), text("late"));
      await store.putUnit("data/s", unitId(78), text("too"));
      await store.seal("data/s", wanted);
      expect((await store.listUnits("data/s"))?.units.map(({ id }) => id)).toEqual(wanted);
    });

    it("changes nothing when it is sealed again with the same list, and refuses another", async () => {
      const ids = await putAll("data/s", [5, 6, 7]);
      await store.seal("data/s", ids);
      await store.seal("data/s", ids);
      await open().seal("data/s", ids);
      for (const other of [ids.toReversed(), ids.slice(0, 2), [...ids, unitId(9)], []])
        await expect(open().seal("data/s", other)).rejects.toMatchObject({ code: "STORE_SEGMENT_SEALED" });
      expect(await store.readRange("data/s", 0, 18)).toHaveLength(18);
    });

    it("seals a segment of no units", async () => {
      await store.seal("data/empty", []);
      expect(await open().listUnits("data/empty")).toEqual({ sealed: true, units: [] });
      expect(await namesOf(store, "data/")).toEqual([{ name: "data/empty", sealed: true }]);
      await store.seal("data/empty", []);
      await expect(store.readRange("data/empty", 0, 1)).rejects.toMatchObject({ code: "STORE_DAMAGED_RECORD" });
    });

    it("lists sealed and unsealed segments by prefix in the order of their names, apart from records", async () => {
      const names = ["data/b", "data/b-c", "data/b.c", "data/b0/x", "data/bb/d/e", "data/bb/d/f", "data/bb/d-/g", "data/B", "data/b_/y~"];
      for (const [number, name] of names.entries()) {
        await store.putUnit(name, unitId(1), text(name));
        if (number % 2 === 0) await store.seal(name, [unitId(1)]);
      }
      await store.put("index/1", text("record"));
      await store.put("z", text("record"));
      const ordered = names
        .map((name, number) => ({ name, sealed: number % 2 === 0 }))
        .toSorted((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
      for (const prefix of ["data/", "data/b", "data/bb/", "data/bb/d", "data/bb/d/e", "data/bb/d/e/", "data/c"])
        expect(await namesOf(open(), prefix), prefix).toEqual(ordered.filter(({ name }) => name.startsWith(prefix)));
      expect(await keysOf(store, "")).toEqual(["index/1", "z"]);
      expect(await keysOf(store, "d")).toEqual([]);
    });

    it("deletes sealed and unsealed segments with all that belongs to them", async () => {
      const ids = await putAll("data/sealed", [5, 6]);
      await store.seal("data/sealed", ids);
      await store.readRange("data/sealed", 0, 11);
      await putAll("data/staged", [5, 6]);
      await putAll("data/kept", [7]);
      for (const segment of ["data/sealed", "data/staged", "data/none"]) expect(await store.deleteSegment(segment)).toBe("deleted");
      expect(await namesOf(open(), "data/")).toEqual([{ name: "data/kept", sealed: false }]);
      expect(await store.listUnits("data/staged")).toBeUndefined();
      await expect(store.readRange("data/sealed", 0, 1)).rejects.toMatchObject({ code: "STORE_NOT_FOUND" });
      await store.putUnit("data/staged", unitId(9), text("again"));
      expect((await store.listUnits("data/staged"))?.units).toEqual([{ id: unitId(9), sizeBytes: 5 }]);
    });

    it("notices that another has deleted and remade a segment that it has read from", async () => {
      await store.seal("data/s", await putAll("data/s", [50, 60]));
      await store.readRange("data/s", 40, 20);
      const other = open();
      await other.deleteSegment("data/s");
      await expect(store.readRange("data/s", 40, 20)).rejects.toMatchObject({ code: "STORE_NOT_FOUND" });
    });

    it("keeps the largest unit and 200 units of a segment as they are", async () => {
      const large = Uint8Array.from(randomBytes(MAX_UNIT_BYTES));
      await store.putUnit("data/large", unitId(1), large);
      await store.seal("data/large", [unitId(1)]);
      expect(same(await store.readRange("data/large", 0, MAX_UNIT_BYTES), large)).toBe(true);
      const sizes = Array.from({ length: 200 }, (_, number) => 100 + number);
      const ids = await putAll("data/many", sizes);
      await store.seal("data/many", ids);
      const whole = Buffer.concat(sizes.map((sizeBytes, number) => bytesOf(number, sizeBytes)));
      expect(same(await store.readRange("data/many", 0, whole.length), whole)).toBe(true);
      await expect(store.putUnit("data/large", unitId(2), new Uint8Array(MAX_UNIT_BYTES + 1))).rejects.toThrow(RangeError);
    });

    it("ends a call whose signal is aborted with the signal's reason", async () => {
      await store.seal("data/s", await putAll("data/s", [50]));
      await store.put("record", text("x"));
      const reason = new Error("enough");
      const signal = AbortSignal.abort(reason);
      for (const call of [
        store.putUnit("data/t", unitId(1), text("x"), { signal }),
        store.listUnits("data/s", { signal }),
        store.seal("data/s", [unitId(0)], { signal }),
        store.readRange("data/s", 0, 1, { signal }),
      ])
        await expect(call).rejects.toBe(reason);
      expect(await store.listUnits("data/t")).toBeUndefined();
    });

    it("lets no segment be a record, and no record a segment", async () => {
      const refusal = { code: "STORE_INVALID_KEY" };
      await expect(store.get("data/s")).rejects.toMatchObject(refusal);
      await expect(store.put("data/s", text("x"))).rejects.toMatchObject(refusal);
      await expect(store.create("data/s", text("x"))).rejects.toMatchObject(refusal);
      await expect(store.deleteRecord("data/s")).rejects.toMatchObject(refusal);
      await expect(store.putUnit("index/s", unitId(1), text("x"))).rejects.toMatchObject(refusal);
      await expect(store.seal("data/../s", [])).rejects.toMatchObject(refusal);
      await expect(store.deleteSegment("index/s")).rejects.toMatchObject(refusal);
      await expect(store.listUnits("data/")).rejects.toMatchObject(refusal);
      for (const id of ["", "0", "AB", "zz", "../aa", "ab".repeat(49)])
        await expect(store.putUnit("data/s", id, text("x")), id).rejects.toThrow(RangeError);
      expect(await store.exists()).toBe(false);
    });
  });
}
