import { describe, expect, it } from "vitest";
import { createVirtualClock } from "../../../src/local/clock/virtual.ts";
import { createMemoryBlockStore } from "../../../src/store/blocks/memory.ts";
import { ConnectionLostError } from "../../../src/store/blocks/link.ts";
import { reconnecting } from "../../../src/store/blocks/reconnecting.ts";
import type { ReconnectingOptions } from "../../../src/store/blocks/reconnecting.ts";
import { faultyStore } from "../../support/faulty-store.ts";
import type { Line } from "../../support/faulty-store.ts";

const id = (number: number): string => number.toString(16).padStart(8, "0");
const MIB = 1_048_576;
const MINUTE = 60_000;
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** All on one virtual clock that starts at 0; the line works at first. */
function setUp(line: Line, options: Partial<ReconnectingOptions> = {}) {
  const clock = createVirtualClock({ startMs: 0, between: "frozen" });
  const behind = createMemoryBlockStore();
  const changing = { ...line };
  const { store: line_, log } = faultyStore(behind, clock, changing);
  const events: string[] = [];
  const at = (): string => `${(clock.now() / 1_000).toFixed(1)} s`;
  const store = reconnecting(line_, {
    clock,
    wallMs: () => clock.now(),
    chance: () => 0.5,
    events: {
      onDrop: ({ reason }) => events.push(`${at()} drop: ${reason}`),
      onBack: ({ seconds }) => events.push(`${at()} back after ${seconds.toFixed(1)} s`),
      onRepeat: ({ reason, afterMs }) => events.push(`${at()} repeat in ${afterMs} ms: ${reason}`),
    },
    ...options,
  });
  const unit = new Uint8Array(4 * MIB);
  const put = (number: number): Promise<void> => store.putUnit("data/s", id(number), unit);
  /** One unit after the other, from each of 8 callers. */
  const putMany = (units: number): Promise<unknown> =>
    Promise.all(
      Array.from({ length: 8 }, (_, caller) =>
        clock.work(async () => {
          for (let number = caller; number < units; number += 8) await put(number);
        }),
      ),
    );
  return { clock, behind, store, line: changing, log, events, put, putMany, run: <T>(work: () => Promise<T>) => clock.work(work) };
}

describe("a store that reconnects", () => {
  it("R1: comes back by itself, with one prober, and wakes every caller at the first success", async () => {
    const { clock, behind, log, events, putMany, run } = setUp({ outages: [{ fromMs: 2_000, toMs: 22_300, how: "refused" }] });
    await run(() => putMany(80));
    expect((await behind.listUnits("data/s"))?.units).toHaveLength(80);
    expect(events.slice(0, 2)).toEqual(["2.0 s drop: the connection was refused", "23.0 s back after 21.0 s"]);
    const during = log.filter(({ atMs }) => atMs > 2_000 && atMs < 22_300);
    expect(during.every(({ call }) => call === "probe")).toBe(true);
    expect(during.length).toBeLessThan(30);
    const woken = log.filter(({ call, atMs }) => call === "putUnit" && atMs > 22_300).slice(0, 8);
    expect(new Set(woken.map(({ atMs }) => atMs)).size).toBe(1);
    expect(clock.now()).toBeLessThan(30_000);
  });

  it("tries once more at once when an idle connection was closed, and calls that no drop", async () => {
    const { clock, log, events, put, run } = setUp({ lostAnswers: [{ call: "putUnit", nth: 2 }] });
    await run(async () => {
      await put(1);
      await put(2);
    });
    expect(events).toEqual([]);
    expect(log.map(({ call }) => call)).toEqual(["putUnit", "putUnit", "putUnit"]);
    expect(clock.now()).toBeLessThan(1_500);
  });

  it("R1: looks once a second for two minutes, then at most 15 s apart", async () => {
    const { log, putMany, run } = setUp({ outages: [{ fromMs: 1_000, toMs: 10 * MINUTE, how: "refused" }] });
    await run(() => putMany(24));
    const looks = log.filter(({ call }) => call === "probe").map(({ atMs }) => atMs - 1_000);
    const gaps = looks.slice(1).map((atMs, index) => atMs - (looks[index] ?? 0));
    expect(looks.filter((atMs) => atMs < 2 * MINUTE).length).toBeGreaterThan(100);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(15_010);
    expect(looks.filter((atMs) => atMs > 2 * MINUTE + 1_000).length).toBeLessThan(34);
  });

  it('R1: gives up after 30 minutes, as "connection lost"', async () => {
    const { clock, store, putMany, run } = setUp({ outages: [{ fromMs: 1_000, toMs: 24 * 60 * MINUTE, how: "refused" }] });
    const lost = await run(() => putMany(24).catch((error: unknown) => error));
    expect(lost).toBeInstanceOf(ConnectionLostError);
    expect(lost).toMatchObject({
      code: "CONNECTION_LOST",
      message: "connection lost: the connection was refused, and it did not come back within 30 min",
    });
    expect(clock.now()).toBe(1_000 + 30 * MINUTE);
    // Nothing got through since: the next call has no patience of its own.
    const again = await run(() => store.putUnit("data/s", id(99), new Uint8Array(1)).catch((error: unknown) => error));
    expect(again).toBeInstanceOf(ConnectionLostError);
    expect(clock.now()).toBeLessThan(1_010 + 30 * MINUTE);
  });

  it("R1: the patience is a setting", async () => {
    const { clock, putMany, run } = setUp(
      { outages: [{ fromMs: 1_000, toMs: 60 * MINUTE, how: "refused" }] },
      { rules: { patienceMs: 90_000 } },
    );
    await expect(run(() => putMany(24))).rejects.toThrow(
      "connection lost: the connection was refused, and it did not come back within 90 s",
    );
    expect(clock.now()).toBe(91_000);
  });

  it("R1: each drop counts anew once a unit was acknowledged", async () => {
    const outages = [0, 1, 2, 3].map((number) => ({
      fromMs: number * 21 * MINUTE + 1_000,
      toMs: number * 21 * MINUTE + 20 * MINUTE,
      how: "refused" as const,
    }));
    const { clock, events, put, run } = setUp({ outages });
    await run(async () => {
      for (let number = 0; clock.now() < 84 * MINUTE; number++) {
        await put(number);
        await clock.sleep(500);
      }
    });
    expect(events.filter((event) => event.includes("back after"))).toHaveLength(4);
  });

  it("R1: a connection over which no unit gets through is not back, and is not hammered", async () => {
    const { clock, store, log, events, put, run } = setUp({
      outages: [{ fromMs: 1_000, toMs: 24 * 60 * MINUTE, how: "refused", onlyUnits: true }],
    });
    await run(() => put(1));
    const ended = new AbortController();
    const small = clock.work(async () => {
      for (; !ended.signal.aborted; await clock.sleep(60_000)) await store.exists().catch(() => undefined);
    });
    await expect(
      run(async () => {
        await clock.sleep(1_000);
        await put(2).finally(() => ended.abort());
      }),
    ).rejects.toBeInstanceOf(ConnectionLostError);
    await small;
    expect(clock.now()).toBeGreaterThan(30 * MINUTE);
    expect(clock.now()).toBeLessThan(32 * MINUTE);
    expect(events.filter((event) => event.includes("back")).length).toBeGreaterThan(100);
    expect(log.length).toBeLessThan(600);
  });

  it("R1: what is stuck when the connection is back begins anew at once, long before its deadline", async () => {
    const { clock, behind, store, events, putMany, run } = setUp({ outages: [{ fromMs: 2_000, toMs: 20_000, how: "hang" }] });
    await run(() =>
      Promise.all([
        clock.work(() => putMany(80)),
        clock.work(async () => {
          await clock.sleep(3_000);
          await store.exists();
        }),
      ]),
    );
    expect((await behind.listUnits("data/s"))?.units).toHaveLength(80);
    expect(events).toEqual(["8.0 s drop: no answer in time", "20.0 s back after 12.0 s"]);
    expect(clock.now()).toBeLessThan(27_000);
  });

  it("R1, R4: an attempt without an answer ends at its deadline", async () => {
    const { clock, behind, log, events, putMany, run } = setUp({ outages: [{ fromMs: 2_000, toMs: 80_000, how: "hang" }] });
    await run(() => putMany(80));
    expect((await behind.listUnits("data/s"))?.units).toHaveLength(80);
    expect(events[0]).toMatch(/^7[01]\.\d s drop: no answer in time/);
    expect(clock.now()).toBeLessThan(90_000);
    expect(log.some(({ ended }) => ended === "no answer in time")).toBe(true);
  });

  it("R1, R4: on a network whose pace is known, what went dead without a word is noticed within 15 s and sent anew", async () => {
    const { clock, behind, events, putMany, run } = setUp({ overNetwork: true, outages: [{ fromMs: 2_000, toMs: 2_900, how: "hang" }] });
    await run(() => putMany(80));
    expect((await behind.listUnits("data/s"))?.units).toHaveLength(80);
    expect(events[0]).toMatch(/^1[2-5]\.\d s drop: no answer in time/);
    expect(clock.now()).toBeLessThan(20_000);
  });

  it("R4: a network that becomes much slower while units are under way gets them through all the same", async () => {
    const { clock, behind, store, line, run } = setUp({ overNetwork: true });
    await run(async () => {
      await store.putUnit("data/s", id(0), new Uint8Array(4 * MIB));
      line.bytesPerSecond = 70_000;
      await store.putUnit("data/s", id(1), new Uint8Array(4 * MIB));
      await store.putUnit("data/s", id(2), new Uint8Array(4 * MIB));
    });
    expect((await behind.listUnits("data/s"))?.units).toHaveLength(3);
    // 10, 20 and 40 s in vain, a minute for the unit; the next is given that from the start.
    expect(clock.now()).toBeLessThan(215_000);
  });

  it("R4: on a line slower than the floor a unit gets through in the end", async () => {
    const { clock, store, behind, put, run } = setUp({ bytesPerSecond: 20_000 });
    await run(async () => {
      await store.exists();
      await put(1);
    });
    expect((await behind.listUnits("data/s"))?.units).toHaveLength(1);
    expect(clock.now()).toBeLessThan(12 * MINUTE);
  });

  it("R4: a target that never answered is a failure after one deadline", async () => {
    const { clock, put, run } = setUp({ outages: [{ fromMs: -1, toMs: 60 * MINUTE, how: "hang" }] });
    await expect(run(() => put(1))).rejects.toMatchObject({
      code: "STORE_UNREACHABLE",
      message: "Could not write a unit of data/s: no answer in time, and it was never reached before.",
    });
    expect(clock.now()).toBe(69_000);
  });

  it("R4: a target that was never reached is a failure at once", async () => {
    const { clock, put, run } = setUp({ outages: [{ fromMs: -1, toMs: MINUTE, how: "refused" }] });
    await expect(run(() => put(1))).rejects.toMatchObject({ code: "STORE_UNREACHABLE" });
    expect(clock.now()).toBe(0);
  });

  it.each([403, 404, 409, 412, 413, 401])("R4: %i is a failure, not repeated", async (how) => {
    const { log, put, run } = setUp({ outages: [{ fromMs: 1_000, toMs: 2_000, how }] });
    await expect(
      run(async () => {
        for (let number = 0; ; number++) await put(number);
      }),
    ).rejects.toMatchObject({ cause: { statusCode: how } });
    expect(log.filter(({ ended }) => ended !== "ok")).toHaveLength(1);
  });

  it.each([408, 429, 500, 502, 503, 504])("R4: %i repeats the request, further and further apart, and drops no connection", async (how) => {
    const { behind, events, put, run } = setUp({ outages: [{ fromMs: -1, toMs: 20_000, how }] });
    await run(() => put(1));
    expect((await behind.listUnits("data/s"))?.units).toHaveLength(1);
    expect(events.map((event) => event.replace(/^.*?repeat/, "repeat"))).toEqual(
      [250, 500, 1_000, 2_000, 4_000, 7_500, 7_500].map((afterMs) => `repeat in ${afterMs} ms: the service is busy or failing (${how})`),
    );
  });

  it("R4: a service that stays busy for 30 minutes is a failure that says so", async () => {
    const { clock, put, run } = setUp({ outages: [{ fromMs: -1, toMs: 60 * MINUTE, how: 503 }] });
    await expect(run(() => put(1))).rejects.toMatchObject({ code: "STORE_UNREACHABLE", message: "the service answered 503" });
    expect(clock.now()).toBeGreaterThan(29 * MINUTE);
    expect(clock.now()).toBeLessThanOrEqual(30 * MINUTE + 20);
  });

  it("J9: a sleep ends the calls in flight, uses no patience, and the transfer goes on", async () => {
    let sleptMs = 0;
    const clock = createVirtualClock({ startMs: 0, between: "frozen" });
    const behind = createMemoryBlockStore();
    const { store: line } = faultyStore(behind, clock, { outages: [{ fromMs: 1_000, toMs: 61 * MINUTE, how: "hang" }] });
    const events: string[] = [];
    const store = reconnecting(line, {
      clock,
      wallMs: () => clock.now() + sleptMs,
      chance: () => 0.5,
      rules: { patienceMs: 40 * MINUTE },
      events: {
        onDrop: ({ reason }) => events.push(`${clock.now() / 1_000} drop: ${reason}`),
        onBack: () => events.push(`${clock.now() / 1_000} back`),
      },
    });
    // The lid is closed after 30 min of an outage, for 8 h; the outage lasts another 31 min after the wake.
    clock.at(7_000, () => (sleptMs += 90_000));
    clock.at(30 * MINUTE, () => (sleptMs += 8 * 3_600_000));
    await clock.work(async () => {
      await store.putUnit("data/s", id(0), new Uint8Array(1_000));
      await clock.sleep(2_000);
      await store.putUnit("data/s", id(1), new Uint8Array(4 * MIB));
    });
    expect(events[0]).toMatch(/^(7|10|11|12)(\.\d+)? drop: the machine slept/);
    expect(events[1]).toMatch(/^36\d\d(\.\d+)? back/);
    expect((await behind.listUnits("data/s"))?.units).toHaveLength(2);
  });

  it("J9: without a sleep the same outage is too long", async () => {
    const { put, run, clock } = setUp(
      { outages: [{ fromMs: 1_000, toMs: 61 * MINUTE, how: "hang" }] },
      { rules: { patienceMs: 40 * MINUTE } },
    );
    await expect(
      run(async () => {
        await put(0);
        await clock.sleep(2_000);
        await put(1);
      }),
    ).rejects.toBeInstanceOf(ConnectionLostError);
  });

  it("knows its own create and replace again when the answer was lost, in a store that keeps no writers", async () => {
    const { store, behind, run } = setUp({
      lostAnswers: [
        { call: "create", nth: 1 },
        { call: "replace", nth: 1 },
        { call: "create", nth: 3 },
      ],
    });
    await run(async () => {
      await store.exists();
      expect(await store.create("k", text("mine"))).toBe(true);
      expect(await store.replace("k", text("more"), (await store.get("k"))?.version ?? "")).toBe(true);
      expect(await store.replace("k", text("again"), "1")).toBe(false);
      await behind.put("theirs", text("theirs"));
      expect(await store.create("theirs", text("mine"))).toBe(false);
    });
  });

  it("gives each name of a listing once, however often it breaks", async () => {
    // 500 are asked for at a time; from 501 on, what breaks begins again behind what was given out.
    const { store, behind, run } = setUp({ latencyMs: 1, lostAnswers: [3, 5, 700, 1_250, 1_251].map((nth) => ({ call: "list", nth })) });
    const keys = Array.from({ length: 1_100 }, (_, number) => `k${String(number).padStart(4, "0")}`);
    for (const key of keys) await behind.put(key, text("x"));
    const got: string[] = [];
    await run(async () => {
      await store.exists();
      for await (const key of store.list("k")) got.push(key);
    });
    expect(got).toEqual(keys);
  });

  it("ends with the caller's own reason while the connection is down, and looks no more once nobody waits", async () => {
    const { clock, store, log, run } = setUp({ outages: [{ fromMs: 1_000, toMs: 60 * MINUTE, how: "refused" }] });
    const caller = new AbortController();
    clock.at(10_000, () => caller.abort(new Error("stopped by hand")));
    await expect(
      run(async () => {
        await store.exists();
        await clock.sleep(2_000);
        await store.putUnit("data/s", id(1), new Uint8Array(1), { signal: caller.signal });
      }),
    ).rejects.toThrow("stopped by hand");
    await run(() => clock.sleep(5 * MINUTE));
    expect(Math.max(...log.map(({ atMs }) => atMs))).toBeLessThanOrEqual(10_000);
  });
});
