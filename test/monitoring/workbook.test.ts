import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { declared, entriesOf, readTemplates, root, templateAt } from "../infra/bicep.ts";
import { carryOut, estateOf, failedJob } from "../support/simulated-run.ts";
import { ask, queryTexts } from "./queries.ts";
import type { Rows } from "./ingestion.ts";
import { whileTold } from "./told-app.ts";

interface Part {
  readonly type: number;
  readonly name: string;
  readonly content: {
    readonly query?: string;
    readonly parameters?: readonly { readonly name: string }[];
    readonly chartSettings?: { readonly xAxis: string; readonly yAxis: readonly string[]; readonly group: string };
    readonly gridSettings?: { readonly formatters?: readonly { readonly columnMatch: string }[] };
  };
}

const QUERY = 3;
const layout = JSON.parse(readFileSync(join(root, "infra/monitoring/workbook.json"), "utf8")) as { readonly items: readonly Part[] };
const parts = layout.items.filter(({ type }) => type === QUERY);
const template = templateAt(readTemplates(), "infra/app/workbook.bicep");

describe("the workbook and the look-ups", { timeout: 60_000 }, () => {
  let rows: Rows = new Map();
  let nowMs = 0;

  beforeAll(async () => {
    const items = [
      { name: "vm-a", jobs: [failedJob("BackUpOperationFailed")] },
      { name: "vm-b", jobs: [failedJob("UserErrorFsFreezeFailed")] },
    ];
    const faults = [
      { on: "trigger", item: "vm-a", times: 1, do: "throttle", retryAfterSeconds: 90 },
      { on: "graph", times: 1, do: "throttle", retryAfterSeconds: 3 },
    ];
    await whileTold(estateOf(items, { faults }), async (told) => {
      await told.during(async (app) => {
        await carryOut(app, { runId: "first", items: ["vm-a"] });
        nowMs = app.clock.now();
        await carryOut(app, { runId: "second" });
      });
      rows = told.rows();
    });
  });

  it("U3: every part runs a query of its name, which finds what a run told, with the columns that the part shows", () => {
    const texts = entriesOf(declared(template, "queries").text, 0).map(([name]) => name);
    expect(parts.map(({ name }) => name).toSorted()).toEqual(texts.toSorted());
    expect(parts.length).toBeGreaterThan(5);
    for (const { name, content } of parts) {
      expect(content.query, `${name}: the template fills it in`).toBe("");
      const found = ask(name, rows, nowMs, name === "history" ? { wantedRun: "'first'" } : {});
      expect(found.length, name).toBeGreaterThan(0);
      const { xAxis, yAxis = [], group } = content.chartSettings ?? {};
      const shown = [xAxis, ...yAxis, group, ...(content.gridSettings?.formatters ?? []).map(({ columnMatch }) => columnMatch)];
      for (const column of shown.filter((each) => each !== undefined)) expect(Object.keys(found[0] ?? {}), name).toContain(column);
    }
  });

  it("U3: its parameters take the place of the literals that the texts have", () => {
    const text = declared(template, "parts").text;
    const named = layout.items.flatMap(({ content }) => (content.parameters ?? []).map(({ name }) => name));
    for (const [, symbol = "", parameter = ""] of text.matchAll(/'let (\w+) = \\'\\';', 'let \w+ = \\'\{(\w+)\}\\';'/g)) {
      expect(named).toContain(parameter);
      expect(parts.filter(({ name }) => queryTexts.get(name)?.includes(`let ${symbol} = '';\n`)).length, symbol).toBeGreaterThan(1);
    }
    expect(text.match(/'let \w+ = /g)).toHaveLength(4);
  });

  it("U3: a run is found by its id, an item by its name or id, with its decision and its attempts", () => {
    expect(ask("runs", rows, nowMs, { wantedRun: "'first'" })).toMatchObject([
      { run: "first", origin: "http", dryRun: "false", outcome: "completed", complete: "true", items: 1, recovered: 1, failing: 0 },
    ]);
    expect(ask("runs", rows, nowMs).map(({ run }) => run)).toEqual(expect.arrayContaining(["first", "second"]));
    const [byName] = ask("items", rows, nowMs, { wantedItem: "'VM-B'" });
    expect(byName).toMatchObject({
      run: "second",
      item: "vm-b",
      vault: "vault-weu",
      decision: "needs-person",
      attempts: 0,
      errorCode: "UserErrorFsFreezeFailed",
    });
    expect(ask("items", rows, nowMs, { wantedItem: `'${String(byName?.itemId)}'` })).toHaveLength(1);
    const history = ask("history", rows, nowMs, { wantedRun: "'first'", wantedItem: "'vm-a'" });
    expect(history.map(({ event, attempt }) => [event, attempt])).toEqual([
      ["TriggerSent", 1],
      ["Throttled", 1],
      ["TriggerSent", 1],
      ["TriggerAccepted", 1],
      ["AttemptEnded", 1],
      ["ItemDecided", null],
    ]);
    // The trace holds what was told inside it.
    for (const { OperationId } of history) expect(OperationId).toMatch(/^[0-9a-f]{32}$/);
    expect(ask("history", rows, nowMs)).toEqual([]);
  });

  it("U3: the metrics say how many, and of what", () => {
    expect(ask("triggers", rows, nowMs)).toEqual([
      expect.objectContaining({ answer: "throttled", triggers: 1 }),
      expect.objectContaining({ answer: "accepted", triggers: 1 }),
    ]);
    const seconds = Object.fromEntries(ask("throttling", rows, nowMs).map(({ api, seconds }) => [api, seconds]));
    expect(seconds).toEqual({ graph: expect.any(Number), trigger: 90 });
    expect(seconds.graph).toBeGreaterThanOrEqual(3);
    const decisions = Object.fromEntries(ask("decisions", rows, nowMs).map(({ decision, items }) => [decision, items]));
    expect(decisions).toEqual({ recovered: 1, skipped: 1, "needs-person": 1 });
    const names = new Set((rows.get("appmetrics") ?? []).map((row) => row[5]));
    for (const name of ["reprise.runs.started", "reprise.runs.ended", "reprise.items.failing"]) expect(names).toContain(name);
    expect(ask("calls", rows, nowMs)).toEqual(
      expect.arrayContaining([expect.objectContaining({ service: "Recovery Services", call: "trigger backup", calls: 2, failed: 1 })]),
    );
  });
});
