import { describe, expect, it } from "vitest";
import { isForgotten, mayTrigger, noteTrigger, type Breaker, type TriggerOutcome } from "../../src/policy/breaker.ts";
import { classify } from "../../src/policy/catalogue/catalogue.ts";
import { MINUTE_MS } from "../../src/policy/times.ts";

const T = Date.UTC(2026, 10, 20, 13);
const verdict = (symbol: string) => classify({ symbol }, "AzureIaasVM");
const failed = (symbol = "CloudInternalError"): TriggerOutcome => ({ passed: false, verdict: verdict(symbol) });
const passed: TriggerOutcome = { passed: true };

function after(outcomes: readonly TriggerOutcome[], nowMs = T, before?: Breaker): Breaker | undefined {
  return outcomes.reduce<Breaker | undefined>((breaker, outcome) => noteTrigger(breaker, outcome, nowMs), before);
}

const times = (count: number, outcome: TriggerOutcome): TriggerOutcome[] => Array.from({ length: count }, () => outcome);

/** Sends the probes of a round and ends them. */
function probe(breaker: Breaker | undefined, nowMs: number, outcomes: readonly TriggerOutcome[]): Breaker | undefined {
  let current = breaker;
  for (let index = 0; index < 3; index++) {
    const permission = mayTrigger(current, nowMs);
    if (permission.kind !== "go") throw new Error(`a probe was not let through: ${permission.reason}`);
    current = permission.breaker;
  }
  return after(outcomes, nowMs + MINUTE_MS, current);
}

describe("a vault's breaker", () => {
  it("C14: stays closed for fewer than ten failures, for failures of different kinds, and when others pass", () => {
    expect(mayTrigger(after(times(9, failed())), T).kind).toBe("go");
    expect(mayTrigger(after([...times(6, failed()), ...times(6, failed("BackUpOperationFailed"))]), T).kind).toBe("go");
    expect(mayTrigger(after([...times(1, failed()), ...times(5, passed), ...times(9, failed())]), T).kind).toBe("go");
  });

  it("C14: opens when most triggers fail alike, and lets three probes through after the pause", () => {
    const open = after(times(10, failed()));
    expect(mayTrigger(open, T + 1)).toMatchObject({ kind: "wait", untilMs: T + 5 * MINUTE_MS });
    const probing = probe(open, T + 5 * MINUTE_MS, []);
    expect(mayTrigger(probing, T + 5 * MINUTE_MS)).toMatchObject({ kind: "wait", reason: expect.stringContaining("3 items") as string });
  });

  it("C14: closes when the probes pass", () => {
    const open = after(times(10, failed()));
    expect(probe(open, T + 5 * MINUTE_MS, times(3, passed))).toBeUndefined();
  });

  it("C14: stays open when they fail, with pauses that grow to an hour", () => {
    let breaker = after(times(10, failed()));
    let nowMs = T;
    const pauses: number[] = [];
    for (let round = 0; round < 6; round++) {
      const wait = mayTrigger(breaker, nowMs);
      if (wait.kind !== "wait") throw new Error(`open, but ${wait.kind}`);
      pauses.push((wait.untilMs - nowMs) / MINUTE_MS);
      breaker = probe(breaker, wait.untilMs, times(3, failed()));
      nowMs = wait.untilMs + MINUTE_MS;
    }
    expect(pauses).toEqual([5, 10, 20, 40, 60, 60]);
  });

  it("C14: what needs a person is not waited for after two rounds", () => {
    const forbidden = failed("AuthorizationFailed");
    let breaker = after(times(10, forbidden));
    breaker = probe(breaker, T + 5 * MINUTE_MS, times(3, forbidden));
    breaker = probe(breaker, T + 20 * MINUTE_MS, times(3, forbidden));
    expect(mayTrigger(breaker, T + 22 * MINUTE_MS)).toMatchObject({
      kind: "stop",
      reason: expect.stringContaining("AuthorizationFailed") as string,
    });
  });

  it("what was under way when it opened is no probe", () => {
    const open = after(times(10, failed()));
    expect(after([...times(5, passed), ...times(5, failed())], T + 1, open)).toEqual(open);
  });

  it("probes of a killed host are sent again", () => {
    const probing = probe(after(times(10, failed())), T + 5 * MINUTE_MS, [failed()]);
    expect(mayTrigger(probing, T + 6 * MINUTE_MS).kind).toBe("wait");
    expect(mayTrigger(probing, T + 8 * MINUTE_MS).kind).toBe("go");
  });

  it("failures of a quarter of an hour ago say nothing", () => {
    const before = after(times(9, failed()));
    expect(mayTrigger(after([failed()], T + 16 * MINUTE_MS, before), T + 16 * MINUTE_MS).kind).toBe("go");
    expect(isForgotten(before, T + 16 * MINUTE_MS)).toBe(true);
    expect(isForgotten(after(times(10, failed())), T + 60 * MINUTE_MS)).toBe(false);
  });
});
