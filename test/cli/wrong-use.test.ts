import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { commandLine } from "./recorded-terminal.ts";

const folder = mkdtempSync(join(tmpdir(), "reprise-wrong-use-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const state = join(folder, "state");
const estate = (vault: object): string =>
  JSON.stringify({ subscriptions: [{ id: "11111111-1111-1111-1111-111111111111", vaults: [vault] }] });
const good = file("good.json", estate({ name: "v", kind: "RecoveryServices", items: [] }));
const retry = (...flags: string[]): string[] => ["retry", "--state", state, ...flags];

/** Arguments, exit code, and what the one text on stderr has to name: the field, what was found, what is allowed. */
const CASES: readonly (readonly [name: string, args: readonly string[], code: number, named: readonly RegExp[]])[] = [
  ["no command", [], 2, [/Usage: reprise/]],
  ["an unknown command", ["rety"], 2, [/unknown command 'rety'/, /Did you mean retry/, /reprise --help/]],
  ["an unknown flag", retry("--dryrun"), 2, [/unknown option '--dryrun'/, /--dry-run/, /see reprise retry --help/]],
  ["a flag without its value", retry("--item"), 2, [/--item <name>/, /argument missing/]],
  ["an argument too many", retry("estate.json"), 2, [/too many arguments/]],
  ["runs without a verb", ["runs"], 2, [/Usage: reprise runs/]],
  ["runs show without an id", ["runs", "show"], 2, [/missing required argument 'id'/, /see reprise runs show --help/]],
  ["help for what is not there", ["help", "runs", "nope"], 2, [/unknown command 'runs nope'/]],
  ["explain without a code", ["explain"], 2, [/found no code/, /--list/]],
  ["explain with both", ["explain", "X", "--list"], 2, [/a code and --list/]],
  ["a number below the range", retry("--max-attempts", "-1"), 2, [/--max-attempts: found -1; allowed: a whole number from 1 to 10/]],
  ["a broken number", retry("--max-attempts", "1.5"), 2, [/--max-attempts: found 1.5;/]],
  ["an expiry that is none", retry("--expiry-days", "ten"), 2, [/--expiry-days: found "ten"; allowed: a whole number from 1 to 3650/]],
  ["a window without unit", retry("--since", "24"), 2, [/--since: found "24"; allowed: .*1m to 14d/]],
  ["a run id with capitals", retry("--run-id", "Mine"), 2, [/--run-id: found "Mine"; allowed: 1 to 40 of a-z/]],
  ["a tag without value", retry("--tag", "tier"), 2, [/--tag: found "tier"; allowed: name=value/]],
  ["an unknown workload", retry("--workload", "VM"), 2, [/--workload: found \["VM"\]; allowed: .*AzureIaasVM/]],
  ["a subscription that is no id", retry("--subscription", "prod"), 2, [/--subscription: found \["prod"\]; allowed: .*GUID/]],
  ["force without items", retry("--force"), 2, [/--force: found true; allowed: only together with items/]],
  ["an empty item", retry("--item", "a,,b"), 2, [/--item: found/]],
  ["two targets", retry("--azure", "--simulate"), 2, [/--azure: found together with --simulate/]],
  ["two estates", retry("--simulate", good, "--generate", "items=5"), 2, [/--generate: found together with an estate file/]],
  ["an estate that is not there", retry("--simulate", join(folder, "nope.json")), 10, [/nope\.json/]],
  [
    "an estate that is no JSON",
    retry("--simulate", file("bad.json", "{ now: 1 }")),
    2,
    [/bad\.json: line 1, column \d+: found/, /allowed: valid JSON/],
  ],
  [
    "an estate with an unknown field",
    retry("--simulate", file("field.json", estate({ name: "v", kind: "RecoveryServices", items: [], itmes: [] }))),
    2,
    [/field\.json: subscriptions\[0\]\.vaults\[0\]\.itmes: found an unknown field/, /allowed: name, kind/],
  ],
  ["nonsense to generate", retry("--generate", "lots"), 2, [/--generate: lots: found an unknown field; allowed: items, failed/]],
  ["a negative number to generate", retry("--generate", "items=-5"), 2, [/--generate: items: found "-5"; allowed: a whole number from 1/]],
  [
    "a state that is a file",
    ["retry", "--simulate", good, "--state", good],
    2,
    [/--state: found ".*good\.json/, /a directory that can be written to/],
  ],
  ["a port out of range", ["serve", "--port", "70000", "--state", state], 2, [/--port: found "70000"; allowed: a number from 0/]],
  ["a port that is none", ["simulate", "--port", "http"], 2, [/--port: found "http"/]],
  [
    "a now on real time",
    ["simulate", "--port", "0", "--estate", file("now.json", '{"now":"2026-11-20T13:00:00Z","subscriptions":[]}')],
    2,
    [/now\.json/],
  ],
  [
    "a plain http host elsewhere",
    ["runs", "list", "--url", "http://example.com"],
    2,
    [/--url: found "http:\/\/example\.com"; allowed: an https URL/],
  ],
  ["a run id that is none", ["runs", "show", "../x"], 2, [/run id: found "\.\.\/x"/]],
  ["a key file that is not there", ["runs", "list", "--key", `@${join(folder, "nope")}`], 2, [/--key: the file/]],
];

describe("wrong use of the command line", () => {
  it.each(CASES)("U5: %s is one error on stderr, and nothing is made", async (_name, args, code, named) => {
    const before = readdirSync(folder);
    const recorded = await commandLine(args);
    expect([recorded.code, recorded.stdout]).toEqual([code, ""]);
    for (const pattern of named) expect(recorded.stderr).toMatch(pattern);
    expect(recorded.stderr).not.toMatch(/^\s+at .*:\d+:\d+/m);
    expect(readdirSync(folder)).toEqual(before);
  });

  it("U5: names every wrong flag at once", async () => {
    const { stderr } = await commandLine(retry("--since", "x", "--max-attempts", "0", "--run-id", "A"));
    expect(stderr.trim().split("\n")).toHaveLength(3);
  });

  const SETTINGS = [
    [
      "a mistyped name",
      { REPRISE_MAX_ATEMPTS: "2" },
      /Setting REPRISE_MAX_ATEMPTS: found a setting that does not exist; .*REPRISE_MAX_ATTEMPTS/,
    ],
    ["a wrong value", { REPRISE_SINCE: "oops" }, /Setting REPRISE_SINCE: found "oops"; allowed: .*1m to 14d/],
  ] as const;
  it.each(SETTINGS)("U5: a setting with %s stops the run before anything is made", async (_name, settings, named) => {
    for (const target of ["--simulate", "--azure"]) {
      const recorded = await commandLine(retry(target), { settings });
      expect([recorded.code, recorded.stdout]).toEqual([2, ""]);
      expect(recorded.stderr).toMatch(named);
      expect(existsSync(state)).toBe(false);
    }
  });

  it("U5: plain http to another machine is refused before anything is made or sent", async () => {
    const recorded = await commandLine(retry("--azure"), { settings: { REPRISE_ARM_ENDPOINT: "http://192.0.2.1:8080" } });
    expect([recorded.code, recorded.stdout]).toEqual([2, ""]);
    expect(recorded.stderr).toMatch(/REPRISE_ARM_ENDPOINT: found "http:\/\/192\.0\.2\.1:8080"; allowed: an https URL/);
    expect(existsSync(state)).toBe(false);
  });

  it("shows no control characters of what it was given", async () => {
    const hostile = "\u001b[31mred\u202e";
    for (const args of [
      ["retry", `--${hostile}`],
      [hostile],
      retry("--run-id", hostile),
      ["runs", "show", hostile],
      retry("--simulate", join(folder, hostile)),
    ]) {
      const { stderr } = await commandLine(args);
      for (const character of ["\u001b", "\u202e"]) expect(stderr).not.toContain(character);
    }
  });
});
