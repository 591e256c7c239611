import { describe, expect, it } from "vitest";
import { adopt, endAttempt, followOperation } from "../../src/cloud/activities/follow.ts";
import { settleItem } from "../../src/cloud/activities/settle.ts";
import { trigger } from "../../src/cloud/activities/trigger.ts";
import type { TriggerAnswer } from "../../src/cloud/control-plane.ts";
import type { AttemptInput, TriggerResult } from "../../src/cloud/orchestrate/steps.ts";
import { failingWrite, oneAttempt, REQUEST_TIMEOUT_MS, type OneAttempt } from "./one-attempt.ts";

const accepted: TriggerAnswer = { kind: "accepted", operationUrl: "https://management.azure.com/operation" };
const lost: TriggerAnswer = { kind: "uncertain", problem: "No answer" };
const ended = { status: "Failed", endMs: 1 } as const;

/** As the orchestration does: asks again when it was told to wait. */
async function triggerUntilKnown(scene: OneAttempt, input: AttemptInput = scene.input): Promise<TriggerResult> {
  for (let turns = 0; turns < 100; turns++) {
    const result = await trigger(scene.dependencies, input);
    if (result.kind !== "wait") return result;
    scene.nowMs = Math.max(scene.nowMs, result.untilMs);
  }
  throw new Error("still waiting");
}

/** The first of the two look-ups that come before a POST is repeated. */
async function lookInVain(scene: Awaited<ReturnType<typeof oneAttempt>>, input = scene.input): Promise<void> {
  const posts = scene.service.posts.length;
  const looked = await trigger(scene.dependencies, input);
  if (looked.kind !== "wait") throw new Error(`expected another look-up, found ${JSON.stringify(looked)}`);
  expect(scene.service.posts).toHaveLength(posts);
  scene.nowMs = looked.untilMs;
}

describe("one attempt", () => {
  it("C12: executed twice while the POST is under way: the second one waits longer than a POST can last", async () => {
    const scene = await oneAttempt({ rules: { pollMs: 1_000 } });
    let answer: (answer: TriggerAnswer) => void = () => {};
    scene.service.onPost = () => new Promise((resolve) => (answer = resolve));
    const first = trigger(scene.dependencies, scene.input);
    await expect.poll(() => scene.service.posts.length).toBe(1);
    for (let seconds = 0; seconds < REQUEST_TIMEOUT_MS / 1_000; seconds += 5) {
      expect(await trigger(scene.dependencies, scene.input)).toMatchObject({ kind: "wait" });
      scene.nowMs += 5_000;
    }
    scene.service.begin();
    answer(accepted);
    expect(await first).toMatchObject({ kind: "accepted" });
    expect(await triggerUntilKnown(scene)).toMatchObject({ kind: "accepted" });
    expect(scene.service.posts).toHaveLength(1);
  });

  it("C12: of many at once, with and without an earlier intent, one sends", async () => {
    for (const earlier of [false, true]) {
      const scene = await oneAttempt();
      if (earlier) {
        // A throttled answer: nothing was accepted, and everybody may send again now.
        scene.service.onPost = async () => ({ kind: "throttled", afterMs: 1_000 });
        await trigger(scene.dependencies, scene.input);
        scene.nowMs += 1_000;
        scene.service.posts.length = 0;
        scene.service.onPost = async () => accepted;
      }
      const results = await Promise.all(Array.from({ length: 6 }, () => trigger(scene.dependencies, scene.input)));
      expect(results.filter(({ kind }) => kind === "accepted")).toHaveLength(1);
      expect(scene.service.posts).toHaveLength(1);
    }
  });

  it("C12: a lost answer looked up twice at once, and nothing found: one sends again", async () => {
    const scene = await oneAttempt();
    scene.service.onPost = async () => lost;
    const { untilMs = 0 } = (await trigger(scene.dependencies, scene.input)) as { untilMs?: number };
    scene.nowMs = untilMs;
    await lookInVain(scene);
    scene.service.onPost = async () => accepted;
    await Promise.all(Array.from({ length: 5 }, () => trigger(scene.dependencies, scene.input)));
    expect(scene.service.posts).toHaveLength(2);
  });

  it("C12: the store fails when the accepted answer is to be recorded: the job is found, nothing is sent again", async () => {
    for (const when of ["before", "after"] as const) {
      const scene = await oneAttempt({ store: failingWrite("/attempts/", 2, when) });
      await expect(trigger(scene.dependencies, scene.input)).rejects.toThrow("the store is away");
      expect(await triggerUntilKnown(scene)).toMatchObject(when === "after" ? { kind: "accepted" } : { kind: "following", adopted: false });
      expect(scene.service.posts).toHaveLength(1);
    }
  });

  it("C12: the store fails when the intent is to be recorded: nothing was sent, then it is sent once", async () => {
    const scene = await oneAttempt({ store: failingWrite("/attempts/", 1, "before") });
    await expect(trigger(scene.dependencies, scene.input)).rejects.toThrow("the store is away");
    expect(scene.service.posts).toHaveLength(0);
    expect(await triggerUntilKnown(scene)).toMatchObject({ kind: "accepted" });
    expect(scene.service.posts).toHaveLength(1);
    expect((await scene.day())?.triggers).toHaveLength(1);
  });

  it("C12: a slow execution whose answer comes when another has sent again takes nothing back", async () => {
    const scene = await oneAttempt();
    let throttle: () => void = () => {};
    scene.service.onPost = () => new Promise((resolve) => (throttle = () => resolve({ kind: "throttled" })));
    const slow = trigger(scene.dependencies, scene.input);
    await expect.poll(() => scene.service.posts.length).toBe(1);
    // The clock of the other instance says that the first POST cannot be under way any more.
    scene.nowMs += REQUEST_TIMEOUT_MS + 120_000;
    scene.service.onPost = async () => {
      scene.service.begin();
      return accepted;
    };
    await lookInVain(scene);
    expect(await trigger(scene.dependencies, scene.input)).toMatchObject({ kind: "accepted" });
    throttle();
    await slow;
    expect(await scene.dependencies.ledger.readAttempt(scene.key)).toMatchObject({ state: "accepted" });
    expect((await scene.day())?.triggers).toHaveLength(1);
    expect(await triggerUntilKnown(scene)).toMatchObject({ kind: "accepted" });
    expect(scene.service.posts).toHaveLength(2);
  });

  it("C12: an execution that was held up between its intent and its POST does not send", async () => {
    let hold = true;
    const scene: OneAttempt = await oneAttempt({
      store: (store) => ({
        ...store,
        async create(key, bytes) {
          const created = await store.create(key, bytes);
          if (key.includes("/attempts/") && hold) {
            hold = false;
            scene.nowMs += 10_000;
          }
          return created;
        },
      }),
    });
    expect(await trigger(scene.dependencies, scene.input)).toMatchObject({ kind: "wait" });
    expect(scene.service.posts).toHaveLength(0);
    expect(await triggerUntilKnown(scene)).toMatchObject({ kind: "accepted" });
    expect(scene.service.posts).toHaveLength(1);
  });

  it("C12: a look-up does not take an earlier attempt's job for this one's", async () => {
    const scene = await oneAttempt();
    await trigger(scene.dependencies, scene.input);
    scene.service.onOperation = async () => ({ kind: "succeeded", jobName: "MADE-1" });
    await followOperation(scene.dependencies, scene.input);
    scene.service.jobs[0] = { ...scene.service.begin(), name: "made-1", status: "Failed" };
    scene.service.jobs.length = 1;
    await endAttempt(scene.dependencies, { ...scene.input, ended: { jobName: "MADE-1", ...ended } });
    // The second attempt comes seconds later; its answer is lost on the way there.
    scene.nowMs += 2_000;
    scene.service.onPost = async () => lost;
    const second = scene.attempt(2);
    const { untilMs = 0 } = (await trigger(scene.dependencies, second)) as { untilMs?: number };
    scene.nowMs = untilMs;
    await lookInVain(scene, second);
    scene.service.onPost = async () => accepted;
    expect(await trigger(scene.dependencies, second)).toMatchObject({ kind: "accepted" });
    expect(scene.service.posts).toHaveLength(3);
  });

  it("C12: a clock that is minutes ahead of the service's does not hide the job from the look-up", async () => {
    for (const [aheadMs, status] of [
      [9 * 60_000, "Failed"],
      [-9 * 60_000, "Succeeded"],
    ] as const) {
      const scene = await oneAttempt();
      scene.service.onPost = async () => {
        scene.service.begin({ startMs: scene.nowMs - aheadMs, endMs: scene.nowMs, status });
        return lost;
      };
      expect(await triggerUntilKnown(scene)).toMatchObject({ kind: "following", jobName: "made-1", adopted: false });
      expect(scene.service.posts).toHaveLength(1);
    }
  });

  it("C12: a repeat that conflicts with the backup of the first POST follows it as this attempt's own", async () => {
    const scene = await oneAttempt();
    scene.service.onPost = async () => lost;
    const { untilMs = 0 } = (await trigger(scene.dependencies, scene.input)) as { untilMs?: number };
    scene.nowMs = untilMs;
    await lookInVain(scene);
    // Listed only now: the first POST had been accepted.
    scene.service.onPost = async () => {
      scene.service.begin();
      return { kind: "refused", status: 409, error: { symbol: "UserErrorBackupOperationInProgress" } };
    };
    expect(await trigger(scene.dependencies, scene.input)).toMatchObject({ kind: "following", adopted: false });
    expect((await scene.day())?.triggers).toHaveLength(1);
  });

  it("C12: a 202 that names no operation is not sent again, and its job is found in the vault's list", async () => {
    const scene = await oneAttempt();
    scene.service.onPost = async () => ({ kind: "accepted" });
    const { lookMs = 0 } = (await trigger(scene.dependencies, scene.input)) as { lookMs?: number };
    scene.nowMs = lookMs;
    const early = await followOperation(scene.dependencies, scene.input);
    expect(early).toMatchObject({ kind: "wait" });
    scene.service.begin();
    expect(await followOperation(scene.dependencies, scene.input)).toMatchObject({ kind: "following", adopted: false });
    expect(scene.service.posts).toHaveLength(1);
  });

  it("C18: a day's slot is held while a backup may have come of it, and taken anew on a new day", async () => {
    const scene = await oneAttempt({ startMs: Date.parse("2026-11-20T23:59:30Z"), rules: { dayCap: 1 } });
    scene.service.onPost = async () => ({ kind: "throttled", afterMs: 60_000 });
    expect(await trigger(scene.dependencies, scene.input)).toMatchObject({ kind: "wait" });
    expect((await scene.day())?.triggers).toEqual([]);
    scene.nowMs += 60_000;
    scene.service.onPost = async () => lost;
    expect(await trigger(scene.dependencies, scene.input)).toMatchObject({ kind: "wait" });
    expect((await scene.day())?.triggers).toMatchObject([{ runId: "run", attempt: 1 }]);
    // Another run of the new day finds it used up.
    scene.nowMs += 86_400_000;
    expect((await scene.day())?.triggers ?? []).toEqual([]);
  });

  it("C18: a lost answer that is sent again after midnight counts on the day of the second POST", async () => {
    const scene = await oneAttempt({ startMs: Date.parse("2026-11-20T23:59:30Z") });
    scene.service.onPost = async () => lost;
    const { untilMs = 0 } = (await trigger(scene.dependencies, scene.input)) as { untilMs?: number };
    const before = await scene.day();
    expect(before?.triggers).toHaveLength(1);
    scene.nowMs = untilMs;
    await lookInVain(scene);
    scene.service.onPost = async () => accepted;
    expect(await trigger(scene.dependencies, scene.input)).toMatchObject({ kind: "accepted" });
    expect((await scene.day())?.triggers).toHaveLength(1);
    scene.nowMs -= 86_400_000;
    expect((await scene.day())?.triggers).toEqual([]);
  });

  it("C18: after midnight the vault is asked what a user triggered on the new day", async () => {
    const scene = await oneAttempt({ startMs: Date.parse("2026-11-20T23:00:00Z"), rules: { dayCap: 4 } });
    scene.nowMs = Date.parse("2026-11-21T02:00:00Z");
    for (let made = 0; made < 4; made++)
      scene.service.begin({ startMs: scene.nowMs - 3_000_000 + made, status: "Failed", endMs: scene.nowMs - 2_000_000 });
    expect(await trigger(scene.dependencies, scene.input)).toMatchObject({
      kind: "stopped",
      decision: "failing",
      reason: expect.stringContaining("limit is 4 a day") as string,
    });
    expect(scene.service.posts).toHaveLength(0);
  });

  it("C12: what is executed again after the attempt's end changes nothing and opens nothing", async () => {
    const scene = await oneAttempt();
    const { ledger } = scene.dependencies;
    await trigger(scene.dependencies, scene.input);
    scene.service.onOperation = async () => ({ kind: "succeeded", jobName: "made-1" });
    await followOperation(scene.dependencies, scene.input);
    expect(await ledger.openJobs("run", scene.input.vault)).toHaveLength(1);
    expect(
      await endAttempt(scene.dependencies, { ...scene.input, ended: { jobName: "made-1", status: "Succeeded", endMs: scene.nowMs } }),
    ).toEqual({ status: "Succeeded" });
    const before = await ledger.readAttempt(scene.key);
    for (const again of [trigger, followOperation])
      expect(await again(scene.dependencies, scene.input)).toMatchObject({ kind: "following", ended: { status: "Succeeded" } });
    // The deadline's reading, which finds the job running, comes late.
    expect(await endAttempt(scene.dependencies, scene.input)).toEqual({ status: "Succeeded" });
    expect(await adopt(scene.dependencies, scene.input)).toEqual({ kind: "none" });
    expect(await ledger.openJobs("run", scene.input.vault)).toEqual([]);
    expect(await ledger.readAttempt(scene.key)).toMatchObject({ status: "Succeeded", endedMs: before?.endedMs, state: "accepted" });
  });

  it("C8: following a backup that runs, executed twice while another one begins, stays with the first", async () => {
    const scene = await oneAttempt();
    const running = scene.service.begin({ userTriggered: false, operation: "backup" });
    expect(await adopt(scene.dependencies, scene.input)).toMatchObject({ kind: "following", jobName: running.name });
    scene.service.jobs[0] = { ...running, status: "Failed" };
    scene.service.begin({ userTriggered: false, operation: "backup" });
    expect(await adopt(scene.dependencies, scene.input)).toMatchObject({ kind: "following", jobName: running.name, adopted: true });
    expect(scene.service.posts).toHaveLength(0);
  });

  it("C12: an item has one result, the first, whoever settles it again", async () => {
    const scene = await oneAttempt();
    const { ledger } = scene.dependencies;
    const settle = (decision: "recovered" | "failing"): Promise<void> =>
      settleItem(scene.dependencies, { ...scene.input, settlement: { decision, reason: decision, attempts: 0, waits: [] } });
    await settle("recovered");
    const claim = await ledger.readClaim(scene.key.item);
    scene.nowMs += 3_600_000;
    await settle("failing");
    const results = [];
    for (const result of await ledger.results("run", scene.input.vault)) results.push(result.decision);
    expect(results).toEqual(["recovered"]);
    expect([...(await ledger.resultCounts("run", scene.input.vault))]).toEqual([["recovered", 1]]);
    // A later settling must not push the claim's end beyond another run's look at the item.
    expect(await ledger.readClaim(scene.key.item)).toEqual(claim);
  });
});
