import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { queryTexts } from "../monitoring/queries.ts";
import { declared, readTemplates, root, templateAt } from "./bicep.ts";

const alerts = templateAt(readTemplates(), "infra/app/alerts.bicep");
const main = templateAt(readTemplates(), "infra/main.bicep");
const operate = readFileSync(join(root, "docs/operate.md"), "utf8");

/** One per rule: its name and the text of its declaration. */
const rules = declared(alerts, "rules")
  .text.split(/^ {2}\{$/m)
  .slice(1)
  .map((text) => ({ text, name: /name: '([\w-]+)'/.exec(text)?.[1] ?? "" }));

describe("the alert rules", () => {
  it("U3: run the query of their name, and the guide says of each what it means and what to do", () => {
    expect(rules.map(({ name }) => name)).toEqual([
      "schedule-silent",
      "run-late",
      "run-failed",
      "items-failing",
      "run-incomplete",
      "throttled",
    ]);
    for (const { name, text } of rules) {
      expect(text).toContain(`loadTextContent('../monitoring/${name}.kql')`);
      const section = operate.split(/^### /m).find((each) => each.startsWith(`\`${name}\``)) ?? "";
      expect(section, name).toContain("**Means.**");
      expect(section, name).toContain("**Do.**");
    }
    const alerting = [...queryTexts].filter(([, text]) => text.startsWith("// Alert:")).map(([name]) => name);
    expect(alerting.toSorted()).toEqual(rules.map(({ name }) => name).toSorted());
  });

  it("U3: put a parameter in the place of a literal that the query has, with the same value by default", () => {
    const given = rules.flatMap(({ name, text }) =>
      [...text.matchAll(/'(let \w+ = )(\d+)(\w*;)',\s+'\1\$\{(\w+)\}\3'/g)].map(
        ([, before = "", value = "", after = "", parameter = ""]) => ({
          name,
          literal: `${before}${value}${after}`,
          value,
          parameter,
        }),
      ),
    );
    expect(given.map(({ parameter }) => parameter)).toEqual(["lateMinutes", "mostFailing", "throttledMinutes"]);
    for (const { name, literal, value, parameter } of given) {
      expect(queryTexts.get(name)?.split("\n"), name).toContain(literal);
      expect(declared(alerts, parameter).text.trim()).toBe(`param ${parameter} int = ${value}`);
      const ofMain =
        /: (\w+)$/.exec(
          declared(main, "alertRules")
            .text.split("\n")
            .find((line) => line.includes(`${parameter}:`)) ?? "",
        )?.[1] ?? "";
      expect(declared(main, ofMain).text.trim()).toBe(`param ${ofMain} int = ${value}`);
    }
  });

  it("U3: look at least as far back as their query does, fire on any row, and end by themselves", () => {
    const windows: Readonly<Record<string, number>> = { PT1H: 1, P1D: 24, P2D: 48 };
    for (const { name, text } of rules) {
      const hours = windows[/windowSize: '(\w+)'/.exec(text)?.[1] ?? ""] ?? 0;
      const back = /ago\((\d+)([mhd])\)/.exec(queryTexts.get(name)?.replace(/ago\(silence\)/, "ago(30m)") ?? "");
      const needed = Number(back?.[1]) * ({ m: 1 / 60, h: 1, d: 24 }[back?.[2] ?? ""] ?? Number.NaN);
      expect(hours, name).toBeGreaterThanOrEqual(needed);
    }
    const text = declared(alerts, "alerts").text;
    for (const line of [
      "timeAggregation: 'Count'",
      "operator: 'GreaterThan'",
      "threshold: 0",
      "autoMitigate: true",
      "scopes: [workspaceId]",
    ])
      expect(text).toContain(line);
  });
});
