import { describe, expect, it } from "vitest";
import { describeSettings } from "../../src/settings/describe.ts";
import { parseSettings } from "../../src/settings/settings.ts";
import { settingsTable } from "../../src/settings/table.ts";

describe("the table of settings", () => {
  const rows = Object.values(settingsTable);

  it("fits a terminal of 100 columns and names every setting with default and example", () => {
    const text = describeSettings();
    const lines = text.split("\n");
    for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(100);
    for (const { name, example } of rows) {
      expect(lines.filter((line) => line.startsWith(`${name} `)).length, name).toBe(1);
      expect(text).toContain(` ${example}\n`);
    }
    for (const name of ["AzureWebJobsStorage ", "AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_AUTHORITY_HOST"])
      expect(text).toContain(`\n${name}`);
    const column = lines.find((line) => line.startsWith("REPRISE_SINCE"))?.indexOf("How far") ?? 0;
    for (const line of lines.filter((line) => line.includes("Default: "))) expect(line.indexOf("Default: ")).toBe(column);
  });

  it("has unique names, and examples and defaults that its own parser takes", () => {
    expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
    for (const { name, example, defaultText, unset } of rows) {
      expect(() => parseSettings({ [name]: example }), name).not.toThrow();
      if (unset !== undefined && !Array.isArray(unset)) expect(parseSettings({ [name]: defaultText }), name).toEqual(parseSettings({}));
    }
  });
});
