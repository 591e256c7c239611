/** Names that try to steer a terminal or a page, from an estate file to what a person and a program read. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { retrySummary, runCommand, temporaryFolder } from "../support/command-line.ts";
import { failed, quickEstate } from "./simulator-process.ts";

const NAMES = [
  `<img src=x onerror="alert(1)">`,
  `'; DROP TABLE items; --`,
  "two\nlines\r\nand a tab\t",
  "\u001b[31mred\u001b]0;title\u0007",
  "abc\u202egnp.exe",
  "n".repeat(256),
  "ünï çødé 数据库 👩‍💻",
  "| where 1 == 1 // 'x'",
  "../../etc/passwd",
  "__proto__",
];

describe.concurrent("hostile item names", { timeout: 240_000 }, () => {
  it.each(["json", "text"])("F5: are carried through a run and shown harmless in %s", async (form) => {
    const folder = temporaryFolder();
    const file = join(folder, "estate.json");
    const items = NAMES.map((name, index) => ({
      name,
      jobs: [failed(index % 2 === 0 ? "CloudInternalError" : "UserErrorGuestAgentStatusUnavailable")],
    }));
    writeFileSync(file, JSON.stringify({ ...quickEstate({ "vault-hostile": items }), now: "2026-11-20T13:00:00Z" }));
    const args = ["retry", "--simulate", file, "--state", folder, "--run-id", "hostile"];
    const finished = await runCommand(form === "json" ? [...args, "--json"] : args);
    expect(finished.code, finished.stderr).toBe(3);
    expect((finished.stdout + finished.stderr).replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);

    if (form === "json") {
      const summary = retrySummary(finished);
      expect(summary).toMatchObject({ found: NAMES.length, items: NAMES.length, recovered: 5, failing: 5, needsPerson: 5 });
      expect(summary.decisions.map(({ item }) => item).sort()).toEqual([...NAMES].sort());
    } else {
      expect(finished.stdout).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/u);
      expect(finished.stdout).toContain("[U+001B]");
      expect(finished.stdout).toContain("[U+202E]");
    }
    const page = readFileSync(join(folder, "reports", "hostile", "report.html"), "utf8");
    expect(page).not.toContain("<img");
    expect(page).toContain("&lt;img src=x");
  });
});
