import { describe, expect, it } from "vitest";
import { commandLine, words } from "./recorded-terminal.ts";

const COMMANDS = [
  "",
  "retry",
  "demo",
  "serve",
  "simulate",
  "runs",
  "runs list",
  "runs show",
  "runs cancel",
  "explain",
  "doctor",
  "completion",
  "help",
];
const OF_THE_AGENT = ["job", "job check", "agent", "agent status", "copy"];
/** Stops each command before it does anything, after its flags were read. */
const STOP: Readonly<Record<string, readonly string[]>> = {
  retry: ["--run-id", "NO SUCH ID"],
  demo: ["--state", "/dev/null"],
  serve: ["--state", "/dev/null"],
  simulate: ["--port", "none"],
  doctor: ["--subscription", "none"],
  runs: ["--url", "http://example.com"],
};

describe("help", () => {
  it.each([...COMMANDS, ...OF_THE_AGENT])("of `reprise %s` fits the terminal, and has examples and exit codes", async (command) => {
    for (const columns of [80, 100]) {
      const { code, stdout, stderr } = await commandLine([...words(command), "--help"], { columns });
      expect([code, stderr]).toEqual([0, ""]);
      expect(stdout).toMatch(/\nExamples:\n {2}reprise/);
      expect(stdout).toMatch(/\nExit codes:\n {2}0 /);
      expect(stdout.split("\n").filter((line) => line.length > columns)).toEqual([]);
    }
  });

  it.each(COMMANDS)("of `reprise %s` has examples that work as they are typed", async (command) => {
    const { stdout } = await commandLine([...words(command), "--help"]);
    const examples = /Examples:\n((?: {2}.*\n)+)/.exec(stdout)?.[1]?.trim().split("\n") ?? [];
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) {
      const [, verb = "", ...rest] = words(
        example
          .trim()
          .replace(/ \|.*$/, "")
          .replace("RUN-ID", "run-1"),
      );
      const stop = STOP[verb];
      const recorded = await commandLine([verb, ...rest, ...(stop ?? [])]);
      if (stop === undefined) expect([recorded.code, recorded.stderr], example).toEqual([0, ""]);
      else {
        expect(recorded.code, `${example}: ${recorded.stderr}`).toBe(2);
        expect(recorded.stderr, example).toContain(`${stop[0]}: found`);
      }
    }
  });

  it("`help env` fits 100 columns and comes without a command's help", async () => {
    const { code, stdout } = await commandLine(["help", "env"]);
    expect(code).toBe(0);
    expect(stdout).toContain("REPRISE_ARM_ENDPOINT");
    expect(stdout.split("\n").filter((line) => line.length > 100)).toEqual([]);
  });

  it("`help runs show` is the help of that command", async () => {
    expect((await commandLine(["help", "runs", "show"])).stdout).toBe((await commandLine(["runs", "show", "--help"])).stdout);
  });

  it("`explain` gives text, or one JSON object", async () => {
    expect((await commandLine(["explain", "VmNotInDesirableState"])).stdout).toMatch(/Handling/);
    const { stdout } = await commandLine(["explain", "vmnotindesirablestate", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ message_type: "summary", found: true, code: "VmNotInDesirableState" });
  });
});
