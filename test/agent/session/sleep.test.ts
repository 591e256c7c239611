/** A machine that sleeps: clocks jump between two looks, as they do on a wake. */
import { describe, expect, it } from "vitest";
import { watchSleep } from "../../../src/agent/session/sleep-watch.ts";
import { systemClock } from "../../../src/clock/clock.ts";
import { HOUR_MS } from "../../../src/policy/times.ts";
import { workplace } from "../../support/agent-session.ts";

describe("sleep", () => {
  it("J9: a wake while a retry is waited for: the session goes on, and the retry that came due runs at once and is none more", async () => {
    const place = await workplace();
    place.image("m1");
    let sleptMs = 0;
    const job = place.job({ retries: { count: 1, waitMs: HOUR_MS } });
    const clock = { ...systemClock, now: () => Date.now() + sleptMs };
    const { state } = await place.run(job, {
      clock,
      jobNow: async () => {
        place.image("m2");
        return { valid: true, job };
      },
      onEvent: (event) => {
        if (event.kind === "decision" && event.decision.kind === "wait") sleptMs = 2 * HOUR_MS;
      },
    });
    expect(state).toMatchObject({ retriesUsed: 1, phase: { result: "success" } });
    expect(state.log.some(({ reason }) => reason.startsWith("The machine slept for"))).toBe(true);
  }, 60_000);

  it("J9: a wake while tasks are under way begins nothing twice, and is told before what it caused", async () => {
    const place = await workplace();
    place.image("m1");
    place.image("m2");
    let sleptMs = 0;
    const clock = { ...systemClock, now: () => Date.now() + sleptMs };
    const told: string[] = [];
    const { state } = await place.run(place.job(), {
      clock,
      onEvent: (event) => {
        if (event.kind === "task-started") {
          told.push(`started ${event.task.machine}`);
          if (event.task.machine === "m1") sleptMs = HOUR_MS;
        }
        if (event.kind === "decision" && ["continue", "task-ended"].includes(event.decision.kind)) told.push(event.decision.kind);
      },
    });
    expect(told).toEqual(["started m1", "continue", "task-ended", "started m2", "task-ended"]);
    expect(state).toMatchObject({ retriesUsed: 0, phase: { result: "success" } });
  });

  it("J9: either clock may stand still while the machine sleeps; a slow machine is no sleep", () => {
    for (const which of ["wall", "steady"] as const) {
      const now = { wall: 0, steady: 0 };
      const slept: number[] = [];
      const watch = watchSleep({
        steady: { ...systemClock, now: () => now.steady, at: () => () => {} },
        wall: { ...systemClock, now: () => now.wall },
        onWake: (ms) => void slept.push(ms),
      });
      now.wall += 20_000;
      now.steady += 20_000;
      watch.look();
      expect(slept).toEqual([]);
      now[which] += 2 * HOUR_MS;
      watch.look();
      watch.look();
      expect(slept).toEqual([2 * HOUR_MS - 5_000]);
      watch.stop();
    }
  });

  it("a clock set back while a retry is waited for begins the wait again on the new time, and does not stop it for ever", async () => {
    const place = await workplace();
    place.image("m1");
    const job = place.job({ retries: { count: 1, waitMs: 6_000 } });
    let backMs = 0;
    const { state } = await place.run(job, {
      clock: { ...systemClock, now: () => Date.now() - backMs },
      jobNow: async () => {
        place.image("m2");
        return { valid: true, job };
      },
      onEvent: (event) => {
        if (event.kind === "decision" && event.decision.kind === "wait") backMs = 365 * 24 * HOUR_MS;
      },
    });
    expect(state).toMatchObject({ retriesUsed: 1, phase: { result: "success" } });
  }, 60_000);
});
