import { describe, expect, it } from "vitest";
import { agentJob, machine } from "../../support/agent-jobs.ts";
import { M1, M2, MINUTE, NO_SPACE, Play, START_MS } from "../../support/session-play.ts";

describe("the retries of a session", () => {
  it("J1: a failed session is retried up to three times, ten minutes after each failure", () => {
    const play = new Play().ok(M1).fail(M2).after(MINUTE).closed();
    expect(play.last).toMatchObject({ kind: "wait", retry: 1, dueMs: START_MS + 11 * MINUTE });
    play.due().fail(M2).closed().due().fail(M2).closed().due();
    expect(play.last).toMatchObject({ kind: "run", retry: 3 });
    play.fail(M2).closed();
    expect(play.last).toMatchObject({ kind: "end", result: "failed" });
    expect(play.last?.reason).toBe("1 of 2 tasks failed (data of m2); all 3 retries are used (the job allows 3).");
    expect(play.of("run").map(({ retry }) => retry)).toEqual([0, 1, 2, 3]);
  });

  it("J1: number and wait are set in the job", () => {
    const job = agentJob({ retries: { count: 1, waitMs: 5_000 } });
    const play = new Play({ job }).fail(M1).fail(M2).closed();
    expect(play.last).toMatchObject({ kind: "wait", dueMs: START_MS + 5_000 });
    play.due({ valid: true, job }).fail(M1).fail(M2).closed();
    expect(play.last).toMatchObject({ kind: "end", result: "failed" });
  });

  it("J1: no retry runs before its time, and a clock that was set back does not stop it for ever", () => {
    const play = new Play()
      .ok(M1)
      .fail(M2)
      .closed()
      .after(10 * MINUTE - 1);
    const now = { valid: true as const, job: agentJob() };
    play.send({ kind: "retry-due", atMs: play.nowMs, job: now });
    expect(play.last).toMatchObject({ kind: "ignore" });
    const yearBackMs = START_MS - 365 * 24 * 60 * MINUTE;
    play.send({ kind: "retry-due", atMs: yearBackMs, job: now });
    expect(play.last).toMatchObject({ kind: "wait", retry: 1, dueMs: yearBackMs + 10 * MINUTE });
    play.due();
    expect(play.last).toMatchObject({ kind: "run", retry: 1 });
  });

  it("J2: a session is a success when all tasks were processed, in a retry too", () => {
    expect(new Play().ok(M1).ok(M2).closed().last).toMatchObject({ kind: "end", result: "success" });
    expect(new Play().ok(M1).fail(M2).closed().due().ok(M2).closed().last).toMatchObject({ kind: "end", result: "success" });
  });

  it("J2: processed with remarks is a warning, and is not retried", () => {
    const play = new Play().ok(M1, "The source changed while it was read.").ok(M2).closed();
    expect(play.last).toMatchObject({ kind: "end", result: "warning" });
    expect(play.of("wait")).toEqual([]);
  });

  it.each(["hook", "retention"] as const)("J2: a failure of %s after all tasks were processed is a remark, and is not retried", (what) => {
    const play = new Play().ok(M1).ok(M2).send({ kind: "closing-failed", atMs: START_MS, what, fault: NO_SPACE }).closed();
    expect(play.last).toMatchObject({ kind: "end", result: "warning" });
    expect(play.of("wait")).toEqual([]);
    expect(play.state.remarks).toEqual([
      `${what === "hook" ? "The command after the backup" : "Retention"} failed: no space left (ENOSPC)`,
    ]);
  });

  it("J2: each failure after the tasks stays in the log, one said twice once", () => {
    const play = new Play().ok(M1).ok(M2);
    for (const what of ["hook", "retention", "hook"] as const)
      play.send({ kind: "closing-failed", atMs: play.nowMs, what, fault: NO_SPACE });
    expect(play.state.log.filter(({ kind }) => kind === "remark").map(({ reason, times }) => [reason.split(" failed")[0], times])).toEqual([
      ["The command after the backup", 2],
      ["Retention", 1],
    ]);
    expect(play.state.remarks).toHaveLength(2);
  });

  it("J2: none could start is a failure, and all tasks are retried", () => {
    const play = new Play().send({ kind: "run-failed", atMs: START_MS, fault: { code: "HOOK", message: "the command before failed" } });
    expect(play.of("task-ended").map(({ outcome }) => outcome)).toEqual(["failed", "failed"]);
    play.closed().due();
    expect(play.last).toMatchObject({ kind: "run", retry: 1, tasks: [M1, M2] });
  });

  it("J2: a job that names nothing fails at once, and there is nothing to retry", () => {
    expect(new Play({ job: agentJob({ machines: [] }) }).decisions).toEqual([
      { kind: "end", result: "failed", reason: "The job names nothing to back up." },
    ]);
  });

  it("J3: a retry takes only the failed tasks, of the very disk, never those that succeeded", () => {
    const job = agentJob({ machines: [machine("m1", ["a", "b"]), machine("m2", ["a", "b"])] });
    const task = (name: string, disk: string): { machine: string; disk: string } => ({ machine: name, disk });
    const play = new Play({ job })
      .ok(task("m1", "a"))
      .fail(task("m1", "b"))
      .fail(task("m2", "a"))
      .ok(task("m2", "b"), "A remark.")
      .closed();
    const now = { valid: true as const, job };
    play.due(now);
    expect(play.last).toMatchObject({ kind: "run", tasks: [task("m1", "b"), task("m2", "a")] });
    play.ok(task("m1", "b")).fail(task("m2", "a")).closed().due(now);
    expect(play.last).toMatchObject({ kind: "run", tasks: [task("m2", "a")] });
    play.ok(task("m1", "a"));
    expect(play.last).toMatchObject({ kind: "ignore", reason: "a of m1 has ended already." });
  });

  it("J4: a session started by hand has no retries, unless they were asked for", () => {
    const byHand = new Play({ startedBy: "manual" }).ok(M1).fail(M2).closed();
    expect(byHand.last).toMatchObject({ kind: "end", result: "failed" });
    expect(byHand.last?.reason).toContain("a session started by hand is not retried unless --retries is given");
    const asked = new Play({ startedBy: "manual", retriesGiven: 1 }).ok(M1).fail(M2).closed();
    expect(asked.last).toMatchObject({ kind: "wait", retry: 1 });
    expect(asked.due().fail(M2).closed().last).toMatchObject({ kind: "end", result: "failed" });
    const fewer = new Play({ retriesGiven: 0 }).ok(M1).fail(M2).closed();
    expect(fewer.last?.reason).toContain("--retries 0 was given");
  });

  it("J4: a session stopped by hand is not retried, while it runs, waits or closes", () => {
    const stop = (play: Play): Play => play.send({ kind: "stopped", atMs: play.nowMs, by: "ada" });
    for (const [play, result] of [
      [new Play().ok(M1), "failed"],
      [new Play().ok(M1).fail(M2).closed(), "failed"],
      [new Play().ok(M1).fail(M2), "failed"],
      [new Play().ok(M1).ok(M2), "warning"],
    ] as const) {
      stop(play);
      expect(play.last).toMatchObject({ kind: "end", result, reason: "Stopped by hand (ada); a session stopped by hand is not retried." });
      expect(play.state.phase).toMatchObject({ kind: "ended", stoppedByHand: true });
      const { state } = play;
      expect(stop(play.due().closed().fail(M2)).state).toEqual(state);
    }
    expect(stop(new Play().ok(M1)).state.tasks.map(({ status, fault }) => fault?.code ?? status)).toEqual(["success", "STOPPED"]);
  });

  it("J5: a session started at power-on because a run was missed is not retried, whatever is asked", () => {
    for (const more of [{}, { retriesGiven: 2 }]) {
      const play = new Play({ startedBy: "missed-at-power-on", ...more }).ok(M1).fail(M2).closed();
      expect(play.last).toMatchObject({ kind: "end", result: "failed" });
      expect(play.last?.reason).toContain("a run made up at power-on is not retried");
    }
  });

  it("F2: a session commanded by the cloud part takes the tasks of the command, and has no retries of its own", () => {
    const play = new Play({ startedBy: "command", retriesGiven: 3, only: [M2] });
    expect(play.last).toMatchObject({ kind: "run", tasks: [M2] });
    play.fail(M2).closed();
    expect(play.last).toMatchObject({ kind: "end", result: "failed" });
    expect(play.last?.reason).toContain("the cloud part counts the attempts");
    expect(new Play({ startedBy: "command", only: [{ machine: "gone", disk: "data" }] }).last).toMatchObject({
      kind: "end",
      result: "failed",
    });
  });
});
