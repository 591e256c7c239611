import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openAppUnderTest, type AppUnderTest } from "./app-under-test.ts";

let under: AppUnderTest;
beforeAll(async () => {
  under = await openAppUnderTest();
});
afterAll(() => under.close());

const GUID = "11111111-1111-1111-1111-111111111111";
const many = (count: number): string[] => Array.from({ length: count }, (_, index) => `name-${index}`);
const tags = (count: number): Record<string, string> => Object.fromEntries(many(count).map((name) => [name, "x"]));

/** Field, what is sent, and words of what is found and allowed. */
const WRONG: readonly (readonly [field: string, value: unknown, found: string, allowed: string])[] = [
  ["runId", "UPPER", '"UPPER"', "1 to 40 of a-z, 0-9 and -"],
  ["runId", "a".repeat(41), `"${"a".repeat(41)}"`, "1 to 40"],
  ["runId", "", '""', "1 to 40"],
  ["runId", "../run", '"../run"', "1 to 40"],
  ["runId", "a\n", '"a\\n"', "1 to 40"],
  ["runId", 7, "7", "1 to 40"],
  ["since", "yesterday", '"yesterday"', "1m to 14d"],
  ["since", "59s", '"59s"', "1m to 14d"],
  ["since", "15d", '"15d"', "1m to 14d"],
  ["since", "1.5h", '"1.5h"', "a whole number with s, m, h or d"],
  ["since", 24, "24", "1m to 14d"],
  ["since", null, "null", "1m to 14d"],
  ["subscriptions", ["production"], '["production"]', "GUIDs"],
  ["subscriptions", [], "[]", "a list of 1 to 1000"],
  ["subscriptions", GUID, `"${GUID}"`, "a list of 1 to 1000"],
  ["managementGroup", "a/b", '"a/b"', "1 to 90 of letters"],
  ["managementGroup", "m".repeat(91), '"mmm', "1 to 90 of letters"],
  ["managementGroup", "group.", '"group."', "not ending in a dot"],
  ["resourceGroups", [""], '[""]', "1 to 500 characters"],
  ["vaults", "vault-weu", '"vault-weu"', "a list of 1 to 1000"],
  ["vaults", many(1001), '["name-0"', "a list of 1 to 1000"],
  ["vaults", [1], "[1]", "a name, a pattern"],
  ["items", ["a\u0000b"], '["a\\u0000b"]', "no control characters"],
  ["items", ["i".repeat(501)], '["iii', "1 to 500 characters"],
  ["items", {}, "{}", "a list of 1 to 1000"],
  ["tags", ["tier=gold"], '["tier=gold"]', "an object of 1 to 15 tags"],
  ["tags", { tier: 1 }, '{"tier":1}', "an object of 1 to 15 tags"],
  ["tags", {}, "{}", "an object of 1 to 15 tags"],
  ["tags", tags(16), '{"name-0"', "an object of 1 to 15 tags"],
  ["tags", { tier: "x".repeat(257) }, '{"tier"', "values of up to 256"],
  ["workloads", ["VM"], '["VM"]', "AzureIaasVM"],
  ["workloads", ["azureiaasvm"], '["azureiaasvm"]', "AzureIaasVM"],
  ["maxAttempts", 0, "0", "a whole number from 1 to 10"],
  ["maxAttempts", 11, "11", "a whole number from 1 to 10"],
  ["maxAttempts", 1.5, "1.5", "a whole number from 1 to 10"],
  ["maxAttempts", "3", '"3"', "a whole number from 1 to 10"],
  ["maxAttempts", null, "null", "a whole number from 1 to 10"],
  ["expiryDays", 0, "0", "a whole number from 1 to 3650"],
  ["expiryDays", 3651, "3651", "a whole number from 1 to 3650"],
  ["expiryDays", -10, "-10", "a whole number from 1 to 3650"],
  ["force", "yes", '"yes"', "true or false"],
  ["force", true, "true", "only together with items"],
  ["dryRun", 1, "1", "true or false"],
  ["dryRun", "false", '"false"', "true or false"],
];

const WHOLE: readonly (readonly [title: string, body: string, found: string])[] = [
  ["no JSON", "{", "text that is not JSON"],
  ["a form", "runId=abc", "text that is not JSON"],
  ["a list", "[]", "[]"],
  ["null", "null", "null"],
  ["a text", '"dryRun"', '\\"dryRun\\"'],
];

interface Problem {
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly errors: readonly { readonly field: string; readonly found: string; readonly allowed: string }[];
}

describe("POST /api/runs with a wrong body", () => {
  it.each(WRONG)("U5: %s: %j is refused, naming what was found and what is allowed", async (field, value, found, allowed) => {
    const answer = await under.ask("POST", "/api/runs", { [field]: value });
    expect(answer.status).toBe(400);
    expect(answer.headers["content-type"]).toBe("application/problem+json");
    expect(answer.headers["cache-control"]).toBe("no-store");
    const problem = answer.body as unknown as Problem;
    expect(problem).toMatchObject({ title: "Wrong request", status: 400, errors: [{ field }] });
    expect(problem.errors).toHaveLength(1);
    expect(problem.errors[0]?.found).toContain(found);
    expect(problem.errors[0]?.allowed).toContain(allowed);
    expect(problem.detail.startsWith(`${field}: found `), "the one line of it says it all").toBe(true);
    expect(problem.detail).toContain(allowed);
  });

  it.each(WHOLE)("U5: a body that is %s is refused", async (_title, body, found) => {
    const { status, text, headers } = await under.ask("POST", "/api/runs", body);
    expect(status).toBe(400);
    expect(headers["content-type"]).toBe("application/problem+json");
    expect(text).toContain(`"field":"(body)"`);
    expect(text).toContain(found);
    expect(text).toContain("a JSON object");
  });

  it("U5: an unknown field is refused, and the field that was meant is named", async () => {
    const { status, body } = await under.ask("POST", "/api/runs", { maxAttempt: 2 });
    expect(status).toBe(400);
    expect(body.errors).toMatchObject([{ field: "maxAttempt", found: "an unknown field" }]);
    expect(body.detail).toContain("did you mean maxAttempts?");
    for (const field of ["sinceMs", "__proto__", "constructor", "DryRun", "max attempts"])
      expect((await under.ask("POST", "/api/runs", `{"${field}": 1}`)).body.errors, field).toMatchObject([{ found: "an unknown field" }]);
  });

  it("U5: every wrong field is named at once", async () => {
    const { body } = await under.ask("POST", "/api/runs", { since: "x", dryRun: "x", colour: "red" });
    expect((body as unknown as Problem).errors.map(({ field }) => field).sort()).toEqual(["colour", "dryRun", "since"]);
  });

  it("U5: a management group beside subscriptions is refused", async () => {
    const { status, body } = await under.ask("POST", "/api/runs", { subscriptions: [GUID], managementGroup: "platform" });
    expect(status).toBe(400);
    expect(body.errors).toMatchObject([
      { field: "managementGroup", found: '"platform"', allowed: "nothing while subscriptions are given" },
    ]);
  });

  it("U5: a body that is too large is refused with 413, by its bytes", async () => {
    const { status, body, headers } = await under.ask("POST", "/api/runs", { items: ["ä".repeat(500_001)] });
    expect(status).toBe(413);
    expect(headers["content-type"]).toBe("application/problem+json");
    expect(body.errors).toEqual([{ field: "(body)", found: "1000016 bytes", allowed: "at most 1000000 bytes" }]);
  });

  it("U5: what was found is shown short and harmless", async () => {
    const { body } = await under.ask("POST", "/api/runs", { runId: `\u202e\u0007${"x".repeat(5_000)}` });
    const [error] = (body as unknown as Problem).errors;
    expect(error?.found.length).toBeLessThanOrEqual(120);
    expect(error?.found).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  it("U5: none of them made a run or sent anything", async () => {
    expect((await under.ask("GET", "/api/runs")).body).toEqual({ runs: [] });
    expect(under.app.host.instances()).toEqual([]);
    const log = await under.app.clock.work(async () =>
      under.app.simulator?.handle({ method: "GET", url: "http://127.0.0.1/_simulator/log", headers: {}, body: "" }),
    );
    expect(log).toMatchObject({ status: 200, body: "" });
  });
});
