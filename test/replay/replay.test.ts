/**
 * Recorded histories of all orchestrators, replayed through the real library: red when a change would break instances that run while it is deployed. What to do then is in
 * docs/decisions/0004-deploying-over-running-instances.md.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { orchestrators } from "../../src/cloud/orchestrate/names.ts";
import type { HubFunctions } from "../../src/local/durable/functions.ts";
import { durableFunctions } from "../../src/local/host/durable-functions.ts";
import { functionsCore } from "../../src/local/host/functions-core.ts";
import { alteredName, rewordedName, STEPS } from "./altered-names.ts";
import { divergences, readHistories, type RecordedHistory } from "./recorded-history.ts";

const histories = readHistories();
let functions: HubFunctions;

beforeAll(async () => {
  const registrations = await functionsCore().load([
    new URL("../../src/functions/orchestrations.ts", import.meta.url),
    new URL("apps/altered-orchestrators.ts", import.meta.url),
  ]);
  functions = durableFunctions({ registrations, extraInputs: () => ({}), log: () => {} });
});

const recorded = (file: string): RecordedHistory => {
  const found = histories.find((each) => each.file === file);
  if (found === undefined) throw new Error(`there is no recorded history ${file}`);
  return found;
};

describe("recorded histories", () => {
  it("are of all orchestrators", () => {
    expect([...new Set(histories.map(({ orchestrator }) => orchestrator))].sort()).toEqual(Object.values(orchestrators).sort());
  });

  it.each(histories.map(({ file, title, ...history }) => ({ file, title, history: { title, ...history } })))(
    "C12: $file ($title) replays without divergence",
    async ({ history }) => {
      expect(await divergences(history, functions)).toEqual([]);
    },
  );
});

describe("a changed orchestrator", () => {
  /** How many steps the recorded instance had come to: a change behind them does not concern it. */
  const cases = [
    { file: "item-third-attempt.jsonl", name: "item", steps: 12 },
    { file: "item-lost-answer.jsonl", name: "item", steps: 7 },
    { file: "item-cancelled-waiting.jsonl", name: "item", steps: 6 },
    { file: "run.jsonl", name: "run", steps: 4 },
    { file: "vault.jsonl", name: "vault", steps: 4 },
    { file: "watcher.jsonl", name: "watcher", steps: 5 },
  ];

  it.each(cases)("C12: one step more anywhere in $file diverges", async ({ file, name, steps }) => {
    expect(steps).toBeLessThanOrEqual(STEPS);
    for (let step = 0; step < steps; step++)
      expect(await divergences(recorded(file), functions, alteredName(name, step)), `a step more before step ${step + 1}`).not.toEqual([]);
  });

  it.each(cases)("other words in the end of $file do not", async ({ file, name }) => {
    expect(await divergences(recorded(file), functions, rewordedName(name))).toEqual([]);
  });
});
