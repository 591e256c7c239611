import { describe, expect, it } from "vitest";
import { createVirtualClock } from "../../../src/local/clock/virtual.ts";
import { createMemoryBlockStore } from "../../../src/store/blocks/memory.ts";
import { throttling } from "../../../src/store/blocks/throttling.ts";
import { faultyStore } from "../../support/faulty-store.ts";

const id = (number: number): string => number.toString(16).padStart(8, "0");

function setUp(bytesPerSecond: number) {
  const clock = createVirtualClock({ startMs: 0, between: "frozen" });
  const { store: line, log } = faultyStore(createMemoryBlockStore(), clock, { latencyMs: 1, bytesPerSecond: 1e9 });
  return { clock, log, store: throttling(line, bytesPerSecond, clock) };
}

describe("a store that is throttled", () => {
  it("lets no more bytes through than it is told, over many callers, in the order they came", async () => {
    const { clock, log, store } = setUp(100_000);
    await clock.work(() =>
      Promise.all(Array.from({ length: 50 }, (_, number) => clock.work(() => store.putUnit("data/s", id(number), new Uint8Array(20_000))))),
    );
    // A megabyte at 100,000 bytes per second; one second's worth is let through at once.
    expect(clock.now()).toBeGreaterThan(8_700);
    expect(clock.now()).toBeLessThan(9_000);
    for (let atMs = 0; atMs < 9_000; atMs += 500)
      expect(log.filter((call) => call.atMs >= atMs && call.atMs < atMs + 1_000).length).toBeLessThanOrEqual(atMs === 0 ? 11 : 6);
  });

  it("does not save up for a burst", async () => {
    const { clock, log, store } = setUp(100_000);
    await clock.work(async () => {
      await store.putUnit("data/s", id(1), new Uint8Array(20_000));
      await clock.sleep(3_600_000);
      await Promise.all(
        [2, 3, 4, 5, 6, 7, 8, 9, 10].map((number) => clock.work(() => store.putUnit("data/s", id(number), new Uint8Array(20_000)))),
      );
    });
    expect(log.filter(({ atMs }) => atMs > 3_600_000 && atMs < 3_600_010)).toHaveLength(6);
  });

  it("counts what is read, lets records pass, and ends a wait with the caller's reason", async () => {
    const { clock, store } = setUp(1_000);
    await clock.work(async () => {
      await store.putUnit("data/s", id(1), new Uint8Array(4_000));
      await store.seal("data/s", [id(1)]);
      await store.put("record", new Uint8Array(100));
      expect(clock.now()).toBeLessThan(100);
      expect(await store.readRange("data/s", 0, 2_000)).toHaveLength(2_000);
      expect(clock.now()).toBeGreaterThan(2_900);
      const caller = new AbortController();
      clock.at(3_500, () => caller.abort(new Error("stopped")));
      await expect(store.readRange("data/s", 0, 2_000, { signal: caller.signal })).rejects.toThrow("stopped");
      expect(clock.now()).toBe(3_500);
    });
  });

  it("refuses a limit that is none", () => {
    for (const limit of [0, -1, Number.NaN]) expect(() => throttling(createMemoryBlockStore(), limit)).toThrow(RangeError);
  });
});
