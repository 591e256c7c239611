import { describe, expect, it } from "vitest";
import { z } from "zod";
import { createJson, readJson, replaceJson, updateJson, writeJson } from "../../src/store/json-records.ts";
import { createMemoryStore } from "../../src/store/memory.ts";

const claimSchema = z.object({ owner: z.string(), tries: z.number() });
const parse = (value: unknown): z.infer<typeof claimSchema> => claimSchema.parse(value);

describe("json records", () => {
  it("reads what was written, and undefined where nothing is", async () => {
    const store = createMemoryStore();
    expect(await readJson(store, "claim", parse)).toBeUndefined();
    expect(await createJson(store, "claim", { owner: "r1", tries: 1 })).toBe(true);
    expect(await createJson(store, "claim", { owner: "r2", tries: 1 })).toBe(false);
    const found = await readJson(store, "claim", parse);
    expect(found?.value).toEqual({ owner: "r1", tries: 1 });
    expect(await replaceJson(store, "claim", { owner: "r3", tries: 2 }, found?.version ?? "")).toBe(true);
    expect(await replaceJson(store, "claim", { owner: "r4", tries: 2 }, found?.version ?? "")).toBe(false);
    await writeJson(store, "claim", { owner: "r5", tries: 3 });
    expect((await readJson(store, "claim", parse))?.value.owner).toBe("r5");
  });

  it.each([
    ["cut short", '{"owner":"r1"'],
    ["of another shape", '{"owner":1}'],
    ["not UTF-8", Uint8Array.of(0x22, 0xff, 0x22)],
    ["empty", ""],
  ])("names the key of a record that is %s", async (_, content) => {
    const store = createMemoryStore();
    await store.put("runs/r1/run.json", typeof content === "string" ? new TextEncoder().encode(content) : content);
    await expect(readJson(store, "runs/r1/run.json", parse)).rejects.toMatchObject({
      code: "STORE_DAMAGED_RECORD",
      message: expect.stringContaining("runs/r1/run.json") as string,
    });
    await expect(updateJson(store, "runs/r1/run.json", parse, () => ({ owner: "x", tries: 0 }))).rejects.toMatchObject({
      code: "STORE_DAMAGED_RECORD",
    });
  });

  it("updates: makes the record, changes it, or leaves it", async () => {
    const store = createMemoryStore();
    expect(await updateJson(store, "n", Number, () => undefined)).toBeUndefined();
    expect(await store.get("n")).toBeUndefined();
    expect(await updateJson(store, "n", Number, (current) => (current ?? 0) + 1)).toBe(1);
    expect(await updateJson(store, "n", Number, (current) => (current ?? 0) + 1)).toBe(2);
    expect(await updateJson(store, "n", Number, () => undefined)).toBe(2);
  });

  it("tries again when another writer came between, and stops after the tries it was given", async () => {
    const store = createMemoryStore();
    await writeJson(store, "n", 0);
    const pauses: number[] = [];
    const meddled = {
      ...store,
      get: async (key: string) => {
        const found = await store.get(key);
        if (pauses.length < 2) await writeJson(store, key, 10);
        return found;
      },
    };
    const options = { tries: 3, pause: async (attempt: number) => void pauses.push(attempt) };
    expect(await updateJson(meddled, "n", Number, (current) => (current ?? 0) + 1, options)).toBe(11);
    expect(pauses).toEqual([2, 3]);

    const contended = { ...store, replace: async () => false };
    await expect(updateJson(contended, "n", Number, (current) => (current ?? 0) + 1, { tries: 4 })).rejects.toMatchObject({
      code: "STORE_BUSY",
      message: "The record n was changed by others during each of 4 tries to update it.",
    });
  });
});
