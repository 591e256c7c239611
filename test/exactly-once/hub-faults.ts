/**
 * What a durable task hub may do and seldom does: activities executed twice (at once, or again hours later), messages delivered twice and out of order. In: a
 * seed and a share. Out: faults for the local task hub, the same for the same seed, with a count of what was done.
 */
import type { Clock } from "../../src/clock/clock.ts";
import type { HubFaults } from "../../src/local/durable/faults.ts";
import { eventTypes } from "../../src/local/durable/history.ts";

export interface Repeats {
  /** Per activity: executions beyond the first. */
  readonly executions: Map<string, number>;
  copies: number;
}

/** Mulberry32: numbers in [0, 1) that depend on nothing but the seed. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const DOUBLED: ReadonlySet<number> = new Set([
  eventTypes.taskCompleted,
  eventTypes.taskFailed,
  eventTypes.subOrchestrationCompleted,
  eventTypes.timerFired,
  eventTypes.eventRaised,
]);

/** `clock` is asked late: the app makes it. */
export function repeatingHub(seed: number, share: number, clock: () => Clock): { readonly faults: HubFaults; readonly repeats: Repeats } {
  const random = randomOf(seed);
  const repeats: Repeats = { executions: new Map(), copies: 0 };
  const faults: HubFaults = {
    functions: (functions) => ({
      ...functions,
      async runActivity(name, instanceId, input) {
        const execute = (): ReturnType<typeof functions.runActivity> => functions.runActivity(name, instanceId, input);
        if (random() >= share) return execute();
        repeats.executions.set(name, (repeats.executions.get(name) ?? 0) + 1);
        const how = random();
        if (how < 0.5) {
          // Two instances at once; whoever ends first is heard.
          const both = [clock().work(execute), clock().work(execute)] as const;
          const first = await Promise.race(both);
          await Promise.all(both);
          return first;
        }
        if (how < 0.7) {
          // The first one's answer is lost, the second is heard.
          await execute();
          return execute();
        }
        // A lease that ran out: executed again when everything has gone on.
        const laterMs = clock().now() + Math.round(random() ** 2 * 4 * 3_600_000);
        clock().at(laterMs, () => void clock().work(execute));
        return execute();
      },
    }),
    copies(event) {
      if (!DOUBLED.has(event.EventType) || random() >= share) return 1;
      repeats.copies++;
      return 2;
    },
    arrange(rows) {
      // An instance begins with its start; all else may have overtaken each other.
      if (rows.length < 2 || rows.some(({ event }) => event.includes(`"EventType":${eventTypes.executionStarted},`))) return rows;
      return random() < share ? rows.toReversed() : rows;
    },
  };
  return { faults, repeats };
}
