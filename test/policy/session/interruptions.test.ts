import { describe, expect, it } from "vitest";
import { MOST_RESTARTS } from "../../../src/policy/session/sleep.ts";
import { M1, M2, MINUTE, Play, START_MS } from "../../support/session-play.ts";

const SECOND = 1_000;
const woke = (play: Play, sleptMs: number): Play => play.after(sleptMs).send({ kind: "woke", atMs: play.nowMs, sleptMs });
const restarted = (play: Play): Play => play.send({ kind: "restarted", atMs: play.nowMs });

describe("a connection that is lost", () => {
  it("R1: is tried again at most 15 s apart, for 30 min from the drop, then the task fails", () => {
    const play = new Play().after(MINUTE).lose(M1);
    const untilMs = play.nowMs + 30 * MINUTE;
    expect(play.last).toMatchObject({ kind: "reconnect", nextTryMs: play.nowMs + 15 * SECOND, untilMs });
    play.after(30 * MINUTE - 5 * SECOND).lose(M1);
    expect(play.last).toMatchObject({ kind: "reconnect", nextTryMs: untilMs, untilMs });
    play.after(5 * SECOND - 1).lose(M1);
    expect(play.last).toMatchObject({ kind: "reconnect" });
    play.after(1).lose(M1);
    expect(play.last).toMatchObject({ kind: "task-ended", outcome: "failed" });
    expect(play.state.tasks[0]?.fault).toMatchObject({ code: "CONNECTION_LOST" });
    expect(play.state.tasks[1]?.status).toBe("open");
  });

  it("R1: counts anew for a drop after a block was acknowledged, and not for one before", () => {
    const anew = new Play()
      .lose(M1)
      .after(29 * MINUTE)
      .acknowledge(M1)
      .after(29 * MINUTE)
      .lose(M1);
    expect(anew.last).toMatchObject({ kind: "reconnect", untilMs: anew.nowMs + 30 * MINUTE });
    const connectedOnly = new Play()
      .lose(M1)
      .after(29 * MINUTE)
      .lose(M1)
      .after(MINUTE)
      .lose(M1);
    expect(connectedOnly.last).toMatchObject({ kind: "task-ended", outcome: "failed" });
  });

  it("R1: uses no retry, in sessions started by hand too; when the time is over J1 decides", () => {
    const byHand = new Play({ startedBy: "manual" })
      .lose(M1)
      .after(20 * MINUTE)
      .acknowledge(M1)
      .ok(M1)
      .ok(M2)
      .closed();
    expect(byHand.last).toMatchObject({ kind: "end", result: "success" });
    expect(byHand.state.retriesUsed).toBe(0);
    const lost = new Play()
      .ok(M2)
      .lose(M1)
      .after(30 * MINUTE)
      .lose(M1)
      .closed();
    expect(lost.last).toMatchObject({ kind: "wait", retry: 1 });
    expect(
      new Play({ startedBy: "manual" })
        .ok(M2)
        .lose(M1)
        .after(30 * MINUTE)
        .lose(M1)
        .closed().last,
    ).toMatchObject({ kind: "end" });
  });

  it("R1: a clock set back does not lengthen the time", () => {
    const play = new Play()
      .lose(M1)
      .after(-24 * 60 * MINUTE)
      .lose(M1)
      .after(30 * MINUTE)
      .lose(M1);
    expect(play.last).toMatchObject({ kind: "task-ended", outcome: "failed" });
  });

  it("a line that flaps for days is one entry of the log for each task", () => {
    const play = new Play();
    for (let drop = 0; drop < 500; drop++) play.lose(M1).after(MINUTE).acknowledge(M1).lose(M2).acknowledge(M2);
    expect(play.state.log.map(({ kind, times, task }) => [kind, times, task?.machine])).toEqual([
      ["run", 1, undefined],
      ["reconnect", 500, "m1"],
      ["reconnected", 500, "m1"],
      ["reconnect", 500, "m2"],
      ["reconnected", 500, "m2"],
    ]);
    expect(play.state.log[1]).toMatchObject({ atMs: START_MS, lastMs: START_MS + 499 * MINUTE });
  });
});

describe("sleep and restarts", () => {
  it("J9: a wake goes on where the session stopped, and uses no retry", () => {
    const play = woke(new Play({ startedBy: "manual" }).ok(M1), 8 * 60 * MINUTE);
    expect(play.last).toMatchObject({ kind: "continue", tasks: [M2] });
    expect(play.ok(M2).closed().last).toMatchObject({ kind: "end", result: "success" });
    expect(play.state.retriesUsed).toBe(0);
    expect(play.of("run")).toHaveLength(1);
  });

  it("J9: the 30 min of a lost connection count from the wake", () => {
    const play = woke(
      new Play()
        .after(MINUTE)
        .lose(M1)
        .after(29 * MINUTE),
      8 * 60 * MINUTE,
    );
    expect(play.last).toMatchObject({ kind: "reconnect", nextTryMs: play.nowMs, untilMs: play.nowMs + 30 * MINUTE });
    play.after(30 * MINUTE - 1).lose(M1);
    expect(play.last).toMatchObject({ kind: "reconnect" });
    play.after(1).lose(M1);
    expect(play.last).toMatchObject({ kind: "task-ended", outcome: "failed" });
  });

  it("J9: a retry that came due during sleep runs at the wake", () => {
    const play = woke(new Play().ok(M1).fail(M2).closed(), 60 * MINUTE);
    expect(play.last).toMatchObject({ kind: "wait", retry: 1, dueMs: START_MS + 10 * MINUTE });
    expect(play.last?.reason).toContain("is due now");
    play.due();
    expect(play.last).toMatchObject({ kind: "run", retry: 1 });
  });

  it("a killed process is told again what is to be done, and uses no retry", () => {
    const play = restarted(
      new Play()
        .ok(M1)
        .lose(M2)
        .after(60 * MINUTE),
    );
    expect(play.of("continue")).toMatchObject([{ tasks: [M2] }]);
    expect(play.last).toMatchObject({ kind: "reconnect", untilMs: play.nowMs + 30 * MINUTE });
    expect(restarted(play.fail(M2)).last).toMatchObject({ kind: "close" });
    const dueMs = play.nowMs + 10 * MINUTE;
    expect(restarted(play.closed()).last).toMatchObject({ kind: "wait", retry: 1, dueMs });
    expect(play.state.retriesUsed).toBe(0);
    const ended = new Play().ok(M1).ok(M2).closed();
    expect(restarted(ended).last).toMatchObject({ kind: "ignore" });
  });

  it("a task that kills its process each time fails, and is not taken up for ever", () => {
    const play = new Play();
    for (let restart = 0; restart < MOST_RESTARTS; restart++) restarted(play);
    expect(play.last).toMatchObject({ kind: "continue" });
    restarted(play.ok(M1));
    expect(play.last, "a task that ended is progress").toMatchObject({ kind: "continue" });
    for (let restart = 0; restart < MOST_RESTARTS; restart++) restarted(play);
    expect(play.last).toMatchObject({ kind: "close" });
    expect(play.state.tasks[1]?.fault).toMatchObject({ code: "INTERRUPTED" });
    expect(play.closed().last).toMatchObject({ kind: "wait", retry: 1 });
  });
});
