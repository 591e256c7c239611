import { describe, expect, it } from "vitest";
import { createVirtualClock, type VirtualClock } from "../../../src/local/clock/virtual.ts";

const START_MS = Date.parse("2026-11-20T13:00:00Z");
const DAY_MS = 86_400_000;

function frozen(): VirtualClock {
  return createVirtualClock({ startMs: START_MS, between: "frozen" });
}

/** Long enough for a clock that wants to jump to have done so. */
function aWhile(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 30));
}

describe("virtual clock", () => {
  it("jumps over a sleep of a day as soon as nothing else is under way", async () => {
    const clock = frozen();
    const startedMs = performance.now();
    await clock.work(() => clock.sleep(DAY_MS));
    expect(clock.now()).toBe(START_MS + DAY_MS);
    expect(performance.now() - startedMs).toBeLessThan(1000);
  });

  it("stands still while work is under way, however long that takes in real time", async () => {
    const clock = frozen();
    let isRung = false;
    clock.at(START_MS + 1000, () => (isRung = true));
    await clock.work(aWhile);
    expect(isRung).toBe(false);
    expect(clock.now()).toBe(START_MS);
    await aWhile();
    expect(isRung).toBe(true);
    expect(clock.now()).toBe(START_MS + 1000);
  });

  it("keeps appointments in order of time, and in order of making when they are due together", async () => {
    const clock = frozen();
    const kept: string[] = [];
    for (const [name, seconds] of [
      ["c", 20],
      ["a", 10],
      ["d", 20],
      ["b", 10],
    ] as const)
      clock.at(START_MS + seconds * 1000, () => kept.push(`${name}@${(clock.now() - START_MS) / 1000}`));
    await aWhile();
    expect(kept).toEqual(["a@10", "b@10", "c@20", "d@20"]);
  });

  it("lets the work of a kept appointment end before appointments that were made meanwhile", async () => {
    const clock = frozen();
    const order: string[] = [];
    clock.at(START_MS + 1000, () => {
      clock.at(clock.now(), () => order.push("made meanwhile"));
      void clock.work(async () => {
        await aWhile();
        order.push("work ended");
      });
    });
    await aWhile();
    await aWhile();
    await aWhile();
    expect(order).toEqual(["work ended", "made meanwhile"]);
  });

  it("jumps when work inside other work sleeps", async () => {
    const clock = frozen();
    await clock.work(() => clock.work(() => clock.sleep(5000)));
    expect(clock.now()).toBe(START_MS + 5000);
  });

  it("lets branches sleep side by side, each for its own time", async () => {
    const clock = frozen();
    const woken: number[] = [];
    const branch = async (ms: number): Promise<void> => {
      await clock.sleep(ms);
      woken.push(clock.now() - START_MS);
    };
    await clock.work(() => Promise.all([branch(3000), branch(1000), branch(2000)]));
    await clock.work(() => Promise.all([clock.work(() => branch(500)), clock.work(() => branch(400))]));
    expect(woken).toEqual([1000, 2000, 3000, 3400, 3500]);
  });

  it("does not jump while another work is busy beside a sleeping one", async () => {
    const clock = frozen();
    const sleeping = clock.work(() => clock.sleep(1000));
    await clock.work(async () => {
      await aWhile();
      expect(clock.now()).toBe(START_MS);
    });
    await sleeping;
    expect(clock.now()).toBe(START_MS + 1000);
  });

  it("lets somebody sleep whom the work under way called over a socket", async () => {
    const clock = frozen();
    const outside = { serve: (_reply: () => void): void => undefined };
    const served = new Promise<void>((resolve) => {
      outside.serve = (reply) => void clock.sleep(2000).then(reply).then(resolve);
    });
    const { AsyncResource } = await import("node:async_hooks");
    const server = new AsyncResource("server");
    await clock.work(() => new Promise<void>((resolve) => server.runInAsyncScope(() => outside.serve(resolve))));
    await served;
    expect(clock.now()).toBe(START_MS + 2000);
  });

  it("refuses a sleep outside work, which it could not see", async () => {
    const clock = frozen();
    await expect(clock.sleep(1)).rejects.toThrow("outside work()");
  });

  it("ends an aborted sleep with the signal's reason, at the time it was aborted", async () => {
    const clock = frozen();
    const abort = new AbortController();
    const outcome = clock.work(() => clock.sleep(DAY_MS, abort.signal)).catch((error: unknown) => String(error));
    abort.abort(new Error("enough"));
    expect(await outcome).toBe("Error: enough");
    expect(clock.now()).toBe(START_MS);
    await clock.work(() => clock.sleep(1000));
    expect(clock.now()).toBe(START_MS + 1000);
  });

  it("never jumps for a background appointment, and keeps it once the time has passed", async () => {
    const clock = frozen();
    const kept: number[] = [];
    clock.at(START_MS + 1000, () => kept.push(clock.now() - START_MS), { background: true });
    await aWhile();
    expect(kept).toEqual([]);
    await clock.work(() => clock.sleep(5000));
    await aWhile();
    expect(kept).toEqual([5000]);
  });

  it("takes appointments back, also many of them", async () => {
    const clock = frozen();
    let kept = 0;
    const cancels = Array.from({ length: 1000 }, (_, index) => clock.at(START_MS + index, () => kept++));
    for (const [index, cancel] of cancels.entries()) if (index % 10 !== 0) cancel();
    await aWhile();
    expect(kept).toBe(100);
    for (const cancel of cancels) cancel();
    expect(clock.now()).toBe(START_MS + 990);
  });

  it("flows with the wall between jumps when asked to, and keeps background appointments by it", async () => {
    const clock = createVirtualClock({ startMs: START_MS, between: "flowing" });
    const kept = await new Promise<number>((resolve) => {
      clock.at(START_MS + 100, () => resolve(clock.now() - START_MS), { background: true });
    });
    expect(kept).toBeGreaterThanOrEqual(100);
    expect(kept).toBeLessThan(5000);
    clock.stop();
  });

  it("keeps nothing after it was stopped", async () => {
    const clock = frozen();
    let isRung = false;
    clock.at(START_MS + 1, () => (isRung = true));
    clock.stop();
    await aWhile();
    expect(isRung).toBe(false);
  });
});
