/** The caps stand before an attempt, never inside it: whoever waits for his turn has sent nothing and holds nothing. */
import { describe, expect, it } from "vitest";
import { trigger } from "../../src/cloud/activities/trigger.ts";
import { oneAttempt, type OneAttempt } from "./one-attempt.ts";

const LIMITS = { subscription: { burst: 1, perMinute: 1 }, vault: { burst: 10, perMinute: 600 }, reads: { burst: 10, perMinute: 600 } };

async function waiting(): Promise<{ readonly scene: OneAttempt; readonly turnMs: number }> {
  const scene = await oneAttempt({ limits: LIMITS });
  const { candidate } = await scene.dependencies.ledger.item(scene.input);
  await scene.dependencies.limits.triggerTurn({ subscriptionId: candidate.vault.subscriptionId, vault: "another" }, undefined);
  const first = await trigger(scene.dependencies, scene.input);
  if (first.kind !== "wait" || first.turnMs === undefined) throw new Error(`no turn was given out: ${JSON.stringify(first)}`);
  return { scene, turnMs: first.turnMs };
}

describe("an item whose turn has not come", () => {
  it("C12: leaves no record, holds no slot of the day and sends nothing", async () => {
    const { scene, turnMs } = await waiting();
    expect(turnMs).toBe(scene.nowMs + 60_000);
    expect(await scene.dependencies.ledger.readAttempt(scene.key)).toBeUndefined();
    expect(await scene.day()).toBeUndefined();
    expect(scene.service.posts).toEqual([]);
  });

  it("C12: sends once when its turn is handed in twice at the same time", async () => {
    const { scene, turnMs } = await waiting();
    scene.nowMs = turnMs;
    const input = { ...scene.input, turnMs };
    const results = await Promise.all([trigger(scene.dependencies, input), trigger(scene.dependencies, input)]);
    expect(results.map(({ kind }) => kind).sort()).toEqual(["accepted", "wait"]);
    expect(scene.service.posts).toEqual([turnMs]);
  });

  it("C12: executed late, after its turn has passed, takes a new one", async () => {
    const { scene, turnMs } = await waiting();
    scene.nowMs = turnMs + 61_000;
    // Nobody else took a turn meanwhile: the new one is at once.
    expect(await trigger(scene.dependencies, { ...scene.input, turnMs })).toMatchObject({ kind: "accepted" });
    expect(scene.service.posts).toEqual([scene.nowMs]);
  });
});
