import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sameTask, tasksOf, type TaskId } from "../../../src/policy/job/job.ts";
import type { SessionEvent } from "../../../src/policy/session/events.ts";
import { agentJob, machine } from "../../support/agent-jobs.ts";
import { M1, NO_ANSWER, Play } from "../../support/session-play.ts";

const JOB = agentJob({ machines: [machine("m1", ["a", "b"]), machine("m2", ["a"])] });
const task = fc.constantFrom<TaskId[]>(...tasksOf(JOB), M1);
const fault = fc.constant(NO_ANSWER);
const jobNow = fc.oneof(
  { weight: 6, arbitrary: fc.record({ valid: fc.constant(true as const), job: fc.constant(JOB) }) },
  {
    weight: 2,
    arbitrary: fc.nat({ max: 5 }).map((count) => ({ valid: true as const, job: { ...JOB, retries: { count, waitMs: 1_000 } } })),
  },
  { weight: 1, arbitrary: fc.constant({ valid: true as const, job: { ...JOB, machines: [machine("m1", ["a"])] } }) },
  { weight: 1, arbitrary: fc.constant({ valid: false as const, problems: ["wrong"] }) },
);
const power = fc.record({ onBattery: fc.boolean(), percent: fc.nat({ max: 100 }) });

/** An event and how far the clock goes before it; now and then back. */
const happening = fc.tuple(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant("task-failed" as const), task, fault }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("task-succeeded" as const), task, remarks: fc.constantFrom([], ["remark"]) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("connection-lost" as const), task, fault }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("block-acknowledged" as const), task }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("woke" as const), sleptMs: fc.nat() }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("restarted" as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("run-failed" as const), fault }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant("closing-failed" as const),
        what: fc.constantFrom("hook" as const, "retention" as const),
        fault,
      }),
    },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant("closed" as const) }) },
    { weight: 6, arbitrary: fc.record({ kind: fc.constant("retry-due" as const), job: jobNow, power }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("stopped" as const), by: fc.constant("ada") }) },
  ),
  fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 0, max: 20 * 60_000 }) },
    { weight: 1, arbitrary: fc.integer({ min: -86_400_000, max: 0 }) },
  ),
);

const start = fc.record(
  {
    startedBy: fc.constantFrom(
      "schedule" as const,
      "schedule" as const,
      "missed-at-power-on" as const,
      "manual" as const,
      "command" as const,
    ),
    retriesGiven: fc.nat({ max: 4 }),
  },
  { requiredKeys: ["startedBy"] },
);

describe("any session", () => {
  it("J1-J4: ends; no succeeded task runs again; one outcome per task; no more retries than allowed; a reason for every decision", () => {
    fc.assert(
      fc.property(start, fc.array(happening, { maxLength: 60 }), (start, happenings) => {
        const play = new Play({ ...start, job: JOB });
        for (const [event, ms] of happenings) sendAndCheck(play, ms, event);
        finish(play);

        expect(play.state.phase.kind).toBe("ended");
        expect(play.of("end")).toHaveLength(1);
        expect(play.decisions.findLast(({ kind }) => kind !== "ignore")?.kind).toBe("end");
        for (const { status } of play.state.tasks) expect(["success", "warning", "failed"]).toContain(status);
        for (const each of tasksOf(JOB)) {
          const outcomes = play.of("task-ended").filter(({ task }) => sameTask(task, each));
          const taken = play.of("run").filter(({ tasks }) => tasks.some((one) => sameTask(one, each)));
          expect(outcomes).toHaveLength(taken.length);
          expect(outcomes.slice(0, -1).every(({ outcome }) => outcome === "failed")).toBe(true);
          expect(play.state.tasks.find((one) => sameTask(one, each))?.status).toBe(outcomes.at(-1)?.outcome);
        }
        for (const { reason } of [...play.decisions, ...play.state.log]) expect(reason.trim().length).toBeGreaterThan(10);
      }),
      { numRuns: 300 },
    );
  });
});

type Unstamped<Event = SessionEvent> = Event extends SessionEvent ? Omit<Event, "atMs"> : never;

function sendAndCheck(play: Play, ms: number, event: Unstamped): void {
  const before = play.state;
  const known = play.decisions.length;
  play.after(ms).send({ ...event, atMs: play.nowMs });
  const made = play.decisions.slice(known);
  expect(made.length, "an event without an answer").toBeGreaterThan(0);
  if (made.every(({ kind }) => kind === "ignore")) expect(play.state).toEqual(before);
  for (const decision of made) {
    if (decision.kind !== "run") continue;
    expect(decision.retry).toBe(before.retriesUsed + 1);
    expect(decision.retry).toBeLessThanOrEqual(play.state.rules.retries.count);
    if (["manual", "missed-at-power-on", "command"].includes(play.state.startedBy))
      expect(decision.retry).toBeLessThanOrEqual(play.state.startedBy === "manual" ? (play.state.retriesGiven ?? 0) : 0);
    for (const task of decision.tasks) expect(before.tasks.find((each) => sameTask(each, task))?.status).toBe("failed");
  }
  for (const old of before.tasks)
    if (old.status === "success" || old.status === "warning") expect(play.state.tasks.find((each) => sameTask(each, old))).toEqual(old);
}

/** The worst that can follow: everything fails until the session ends by itself. */
function finish(play: Play): void {
  for (let turn = 0; turn < 100 && play.state.phase.kind !== "ended"; turn++) {
    for (const each of play.state.tasks.filter(({ status }) => status === "open"))
      sendAndCheck(play, 1, { kind: "task-failed", task: { machine: each.machine, disk: each.disk }, fault: NO_ANSWER });
    if (play.state.phase.kind === "closing") sendAndCheck(play, 1, { kind: "closed" });
    if (play.state.phase.kind === "waiting")
      sendAndCheck(play, Math.max(1, play.state.phase.dueMs - play.nowMs), { kind: "retry-due", job: { valid: true, job: JOB } });
  }
}
