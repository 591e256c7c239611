import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CandidateFold, curingSuccess, withVaultJobs } from "../../src/policy/candidate.ts";
import { candidateOf, factsOf, hours, job, NOW } from "../support/jobs.ts";

describe("folding jobs to candidates", () => {
  it("C5: all failed jobs of one item are one candidate, whatever the case of its id", () => {
    const first = job("Failed", -8, -7);
    const fold = new CandidateFold(NOW);
    fold.add(first);
    fold.add({ ...job("Failed", -4, -3), itemId: first.itemId.toUpperCase() });
    const candidates = [...fold.candidates()];
    expect(candidates).toHaveLength(1);
    expect(candidates[0]).toMatchObject({ failedJobs: 2, itemId: first.itemId });
    expect(fold.failedJobs).toBe(2);
  });

  it("C5: the newest job decides, in whatever order the rows come", () => {
    const jobs = [job("Failed", -9, -8), job("Succeeded", -7, -6), job("Failed", -5, -4), job("Cancelled", -3, -2)];
    fc.assert(
      fc.property(fc.shuffledSubarray(jobs, { minLength: jobs.length }), (shuffled) => {
        const candidate = candidateOf(...shuffled);
        expect(candidate.failed.startMs).toBe(hours(-5));
        expect(candidate.newest.status).toBe("Cancelled");
        expect(curingSuccess(candidate)).toBeUndefined();
      }),
    );
  });

  it("C5: a success that started or ended after the failure cures it", () => {
    expect(curingSuccess(candidateOf(job("Failed", -8, -6), job("Succeeded", -5, -4)))).toBeDefined();
    // Began before the failed one and outlasted it.
    expect(curingSuccess(candidateOf(job("Failed", -8, -6), job("Succeeded", -9, -5)))).toBeDefined();
    expect(curingSuccess(candidateOf(job("Failed", -8, -6), job("Succeeded", -10, -9)))).toBeUndefined();
  });

  it("C4: failed restores and other operations are no candidates", () => {
    const fold = new CandidateFold(NOW);
    fold.add(job("Failed", -5, -4, { operation: "Restore" }));
    fold.add(job("Failed", -5, -4, { operation: "ConfigureBackup" }));
    expect([...fold.candidates()]).toEqual([]);
    expect(fold.failedJobs).toBe(0);
  });

  it("C4: failed backups that a user triggered are candidates as well", () => {
    expect(candidateOf(job("Failed", -5, -4, { operation: "adhocBackup", userTriggered: true })).triggeredToday).toHaveLength(1);
  });

  it("C18: counts the user-triggered jobs of the UTC day only", () => {
    const candidate = candidateOf(
      job("Failed", -12, -11, { userTriggered: true }),
      job("Failed", -14, -13.5, { userTriggered: true }),
      job("Failed", -2, -1),
    );
    expect(candidate.triggeredToday).toHaveLength(1);
  });
});

describe("what the vault itself says", () => {
  const stale = candidateOf(job("Failed", -6, -5));

  it("C18: a later success at the vault cures what Resource Graph still shows as failed", () => {
    expect(curingSuccess(withVaultJobs(stale, [factsOf(job("Succeeded", -2, -1))], NOW))).toBeDefined();
  });

  it("C18: a job that runs at the vault is seen, and one that Resource Graph still calls running may have ended", () => {
    expect(withVaultJobs(stale, [factsOf(job("Started", -1))], NOW).running).toBeDefined();
    const running = job("Started", -1);
    const before = candidateOf(job("Failed", -6, -5), running);
    expect(before.running).toBeDefined();
    const after = withVaultJobs(before, [{ ...factsOf(running), status: "Failed", endMs: hours(-0.5) }], NOW);
    expect(after.running).toBeUndefined();
    expect(after.failed.startMs).toBe(hours(-1));
  });

  it("C18: does not count a job twice that both know", () => {
    const known = job("Failed", -3, -2, { userTriggered: true });
    const candidate = candidateOf(known);
    expect(
      withVaultJobs(candidate, [factsOf(known), factsOf(job("Failed", -1, -0.5, { userTriggered: true }))], NOW).triggeredToday,
    ).toHaveLength(2);
  });
});
