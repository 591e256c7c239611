import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backoffMs, jitterOf } from "../../src/policy/backoff.ts";
import { CATALOGUE, classify } from "../../src/policy/catalogue/catalogue.ts";
import { decideNext, type AttemptFailure } from "../../src/policy/decide.ts";
import { hours, NOW } from "../support/jobs.ts";

const BOUNDS = { maxAttempts: 3, backoffMaxMs: 4 * 3_600_000, deadlineMs: hours(22) };
const failure = (symbol: string, more: Partial<AttemptFailure> = {}): AttemptFailure => ({
  verdict: classify({ symbol }, "AzureIaasVM"),
  attemptsMade: 1,
  triesOfCode: 1,
  failedAtMs: NOW,
  nowMs: NOW,
  jitterSeed: "run/item/1",
  ...more,
});

describe("deciding after a failed attempt", () => {
  it("C7: retries until the attempts are used up", () => {
    expect(decideNext(failure("BackUpOperationFailed"), BOUNDS)).toMatchObject({ kind: "retry" });
    expect(decideNext(failure("BackUpOperationFailed", { attemptsMade: 2, triesOfCode: 2 }), BOUNDS)).toMatchObject({ kind: "retry" });
    expect(decideNext(failure("BackUpOperationFailed", { attemptsMade: 3, triesOfCode: 2 }), BOUNDS)).toMatchObject({
      kind: "settle",
      decision: "failing",
      reason: expect.stringContaining("3 of 3") as string,
    });
  });

  it("C8: a code that is worth one try ends with a person when it comes again", () => {
    expect(decideNext(failure("GuestAgentSnapshotTaskStatusError", { triesOfCode: 0 }), BOUNDS)).toMatchObject({ kind: "retry" });
    expect(decideNext(failure("GuestAgentSnapshotTaskStatusError"), BOUNDS)).toMatchObject({ kind: "settle", decision: "needs-person" });
  });

  it("C8: an unknown code is worth one retry", () => {
    expect(decideNext(failure("SomethingNew", { triesOfCode: 0 }), BOUNDS)).toMatchObject({ kind: "retry" });
    expect(decideNext(failure("SomethingNew"), BOUNDS)).toMatchObject({ kind: "settle", decision: "failing" });
  });

  it("C8: what needs a person ends at once", () => {
    expect(decideNext(failure("UserErrorFsFreezeFailed", { triesOfCode: 0 }), BOUNDS)).toMatchObject({
      kind: "settle",
      decision: "needs-person",
      reason: expect.stringContaining("file system") as string,
    });
  });

  it("C8: what the service repairs by itself is triggered no more", () => {
    const next = decideNext(
      failure("ignored", { triesOfCode: 0, verdict: classify({ symbol: "UserErrorHANALSNValidationFailure" }, "SAPHanaDatabase") }),
      BOUNDS,
    );
    expect(next).toMatchObject({
      kind: "settle",
      decision: "failing",
      reason: expect.stringContaining("repairs this by itself") as string,
    });
  });

  it("C17: a wait that would end after the deadline is not started", () => {
    expect(
      decideNext(failure("BackUpOperationFailed", { nowMs: hours(21.95), failedAtMs: hours(21.95) }), { ...BOUNDS, deadlineMs: hours(22) }),
    ).toMatchObject({ kind: "settle", decision: "failing" });
  });

  it("C7: the waits grow with the tries of a code, and a replay computes the same", () => {
    fc.assert(
      fc.property(fc.constantFrom(...CATALOGUE.filter((row) => row.tries > 2)), fc.string(), fc.string(), (row, seed, other) => {
        const bounds = { firstMs: row.firstDelayMinutes * 60_000, maxMs: 24 * 3_600_000 };
        expect(backoffMs(2, bounds, jitterOf(seed))).toBeGreaterThan(backoffMs(1, bounds, jitterOf(other)));
        expect(jitterOf(seed)).toBe(jitterOf(seed));
      }),
    );
  });

  it("C7: jitter spreads, adds at most a fifth, and never shortens what a code asks for", () => {
    const jitters = Array.from({ length: 1_000 }, (_, index) => jitterOf(`run-1/item-${index}`));
    expect(new Set(jitters).size).toBeGreaterThan(990);
    expect(Math.min(...jitters)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...jitters)).toBeLessThan(1);
    for (const jitter of jitters) {
      expect(backoffMs(1, { firstMs: 1_000, maxMs: 10_000 }, jitter)).toBeGreaterThanOrEqual(1_000);
      expect(backoffMs(1, { firstMs: 1_000, maxMs: 10_000 }, jitter)).toBeLessThanOrEqual(1_200);
      expect(backoffMs(9, { firstMs: 1_000, maxMs: 10_000 }, jitter)).toBeGreaterThanOrEqual(8_000);
    }
    const tenths = jitters.reduce(
      (counts, jitter) => ((counts[Math.floor(jitter * 10)] = (counts[Math.floor(jitter * 10)] ?? 0) + 1), counts),
      [] as number[],
    );
    expect(Math.min(...tenths)).toBeGreaterThan(60);
  });

  it("the cap holds for grown waits, and never shortens what a code asks for", () => {
    expect(backoffMs(10, { firstMs: 60_000, maxMs: 600_000 }, 0)).toBe(600_000);
    expect(backoffMs(1, { firstMs: 3_600_000, maxMs: 600_000 }, 0)).toBe(3_600_000);
  });
});
