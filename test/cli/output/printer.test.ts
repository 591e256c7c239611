import { describe, expect, it } from "vitest";
import { createJsonPrinter, createTextPrinter, type RetryEvent } from "../../../src/cli/output/printer.ts";
import { realisticReport } from "../../cloud/report/realistic-report.ts";

const PROGRESS = { found: 38, items: 37, planned: 23, triggered: 5, recovered: 2, failing: 1, skipped: 8, elapsedMs: 4_020_000 };

const EVENTS: readonly RetryEvent[] = [
  { type: "started", runId: "r-1", dryRun: false, target: "the simulated estate" },
  { type: "progress", progress: PROGRESS },
  { type: "note", text: "The vault\u001b[2J answered slowly." },
  { type: "finished", report: realisticReport(), reportPath: "/reports/r-1/report.html", durationMs: 42 },
];

function stream(isTTY: boolean, columns?: number) {
  const parts: string[] = [];
  return { parts, isTTY, ...(columns !== undefined && { columns }), write: (text: string) => parts.push(text) };
}

function play(
  kind: "text" | "json",
  options: { readonly quiet?: boolean; readonly isTTY?: boolean } = {},
): { readonly out: string; readonly err: string } {
  const stdout = stream(false);
  const stderr = stream(options.isTTY ?? false, 120);
  const create = kind === "text" ? createTextPrinter : createJsonPrinter;
  const print = create({ stdout, stderr, quiet: options.quiet ?? false, color: false });
  for (const event of EVENTS) print(event);
  return { out: stdout.parts.join(""), err: stderr.parts.join("") };
}

describe("the text printer", () => {
  it("writes data to stdout and everything else to stderr", () => {
    const { out, err } = play("text");
    expect(out).toContain("What a person must do");
    expect(out).not.toContain("answered slowly");
    expect(err).toBe("Run r-1 on the simulated estate\nThe vault[U+001B][2J answered slowly.\n");
  });

  it("shows progress on a terminal only, and leaves no trace of it", () => {
    const { err } = play("text", { isTTY: true });
    expect(err).toContain(
      "\r\u001b[2K1 h 7 min  38 failed jobs, 37 items: 5 triggered, 2 recovered, 1 failing, 8 skipped\r\u001b[2KThe vault",
    );
    expect(play("text").err).not.toContain("recovered");
  });

  it("quiet leaves the last lines", () => {
    const { out, err } = play("text", { quiet: true, isTTY: true });
    expect(err).toBe("");
    expect(out).toMatch(/^8 of 37 items still fail[^]*\nReport: \/reports\/r-1\/report\.html\n$/u);
    expect(out).not.toContain("vm-sql-01");
  });
});

describe("the JSON printer", () => {
  const parsed = (out: string): readonly Record<string, unknown>[] =>
    out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  it("writes one object per line with a message type, the summary last", () => {
    const { out, err } = play("json", { isTTY: true });
    const lines = parsed(out);
    expect(err).toBe("");
    expect(lines.map((line) => line["message_type"])).toEqual(["started", "progress", "note", "summary"]);
    expect(lines[0]).toEqual({ message_type: "started", runId: "r-1", dryRun: false, target: "the simulated estate" });
    expect(lines[1]).toEqual({ message_type: "progress", progress: PROGRESS });
    expect(lines[3]).toMatchObject({ runId: "daily-20261120t1300", failing: 8, durationMs: 42, report: "/reports/r-1/report.html" });
  });

  it("keeps a line a line, whatever stands in a name", () => {
    expect(play("json").out).not.toContain("\u001b");
    expect(play("json").out.trimEnd().split("\n")).toHaveLength(EVENTS.length);
  });

  it("quiet leaves the summary", () => {
    expect(parsed(play("json", { quiet: true }).out).map((line) => line["message_type"])).toEqual(["summary"]);
  });
});
