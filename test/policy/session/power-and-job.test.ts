import { describe, expect, it } from "vitest";
import { agentJob, machine } from "../../support/agent-jobs.ts";
import { M1, M2, MINUTE, Play } from "../../support/session-play.ts";

const waiting = (): Play => new Play().ok(M1).fail(M2).closed();
const now = (more: Parameters<typeof agentJob>[0] = {}): { valid: true; job: ReturnType<typeof agentJob> } => ({
  valid: true,
  job: agentJob(more),
});

describe("power when a retry is due", () => {
  it("J6: on battery below 20 % that retry is dropped, and the next one is due after the wait", () => {
    const play = waiting().due(now(), { onBattery: true, percent: 19.9 });
    expect(play.of("drop-retry")).toMatchObject([
      { retry: 1, reason: "Retry 1 is dropped: the device is on battery at 19.9 %, below 20 %." },
    ]);
    expect(play.last).toMatchObject({ kind: "wait", retry: 2, dueMs: play.nowMs + 10 * MINUTE });
    play.due(now(), { onBattery: true, percent: 80 });
    expect(play.last).toMatchObject({ kind: "run", retry: 2 });
  });

  it("J6: exactly 20 %, mains, no battery and an unreadable level let it run", () => {
    for (const power of [{ onBattery: true, percent: 20 }, { onBattery: false, percent: 5 }, { onBattery: true }, undefined])
      expect(waiting().due(now(), power).last, JSON.stringify(power)).toMatchObject({ kind: "run", retry: 1 });
  });

  it("J6: dropped retries count, so that an empty battery ends the session", () => {
    const play = waiting();
    for (let retry = 1; retry <= 3; retry++) play.due(now(), { onBattery: true, percent: 1 });
    expect(play.last).toMatchObject({ kind: "end", result: "failed" });
    expect(play.of("run")).toHaveLength(1);
  });
});

describe("a job that changed before a retry", () => {
  it("J14: the retry uses the job as it is then, names the changes and advises a start by hand", () => {
    const changed = { compression: { codec: "none" as const }, retries: { count: 1, waitMs: 1_000 } };
    const play = waiting().due(now(changed));
    const [advice] = play.of("advise");
    expect(advice?.changes).toEqual([
      "Compression is none instead of zstd level 1.",
      "The number of retries is 1 instead of 3.",
      "The wait before a retry is 1 s instead of 10 min.",
    ]);
    expect(advice?.reason).toContain("start it by hand");
    expect(play.last).toMatchObject({ kind: "run", retry: 1, tasks: [M2] });
    expect(play.fail(M2).closed().last).toMatchObject({ kind: "end", result: "failed" });
  });

  it("J14: an unchanged job is not spoken of", () => {
    expect(waiting().due(now()).of("advise")).toEqual([]);
  });

  it("J14: with more retries in the job there are more, with fewer fewer", () => {
    const play = waiting();
    for (let retry = 1; retry <= 4; retry++)
      play
        .due(now({ retries: { count: 4, waitMs: 1 } }))
        .fail(M2)
        .closed();
    expect(play.of("run")).toHaveLength(5);
    expect(waiting().due(now({ retries: { count: 0, waitMs: 1 } })).last).toMatchObject({ kind: "end", result: "failed" });
  });

  it("J14: an invalid job ends the session failed, with what is wrong with it", () => {
    const play = waiting().due({ valid: false, problems: ["machines: found nothing; allowed: at least one."] });
    expect(play.last).toMatchObject({ kind: "end", result: "failed" });
    expect(play.last?.reason).toContain("machines: found nothing; allowed: at least one.");
    expect(play.of("run")).toHaveLength(1);
  });

  it("J14: what was added to the job is not taken by a retry, and what was removed is not processed", () => {
    const added = waiting().due(now({ machines: [machine("m1"), machine("m2"), machine("m3")] }));
    expect(added.last).toMatchObject({ kind: "run", tasks: [M2] });
    const removed = waiting().due(now({ machines: [machine("m1")] }));
    expect(removed.last).toMatchObject({ kind: "end", result: "failed" });
    expect(removed.last?.reason).toContain("the job does not hold them any more");
  });
});
