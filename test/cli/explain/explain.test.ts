import { describe, expect, it } from "vitest";
import { explainCode, listCodes } from "../../../src/cli/explain/explain.ts";
import { nearestCodes } from "../../../src/cli/explain/nearest.ts";
import { CATALOGUE } from "../../../src/policy/catalogue/catalogue.ts";

describe("explainCode", () => {
  it("C8: says what a code means, how it is handled, what to do, and where that is from", () => {
    const { found, text, json } = explainCode("guestagentsnapshottaskstatuserror");
    expect(found).toBe(true);
    const flat = text.replaceAll(/\s+/g, " ");
    expect(flat).toContain("GuestAgentSnapshotTaskStatusError, AzureIaasVM Meaning ");
    expect(flat).toContain("one retry, 10 min after the failure, then somebody has to act");
    expect(flat).toContain("To do Check that the agent runs inside the VM");
    expect(flat).toContain("Source https://learn.microsoft.com/azure/backup/");
    expect(json).toMatchObject({ found: true, code: "GuestAgentSnapshotTaskStatusError", rows: [{ tries: 1, firstDelayMinutes: 10 }] });
  });

  it("C8: takes a published number, and shows every row of its code", () => {
    const { found, text, json } = explainCode("320001");
    expect(found).toBe(true);
    expect(text).toContain("ResourceNotFound (320001), AzureIaasVM\n");
    expect(text).toContain("ResourceNotFound, every workload\n");
    expect(json).toMatchObject({ code: "ResourceNotFound", rows: [{ numbers: [320001] }, { numbers: [] }] });
  });

  it("C8: takes an HTTP status as people write it", () => {
    for (const code of ["429", "HTTP 429", "http-429", "Http429"])
      expect(explainCode(code).json, code).toMatchObject({ found: true, code: "Http429" });
    expect(explainCode("999").found).toBe(false);
  });

  it("C8: names the number of retries and the delay in hours for codes that take long", () => {
    expect(explainCode("ExtensionFailedTimeoutVMNetworkUnresponsive").text.replaceAll(/\s+/g, " ")).toContain(
      "up to 3 retries, the first 4 h after",
    );
    expect(explainCode("CloudDosAbsoluteLimitReached").text.replaceAll(/\s+/g, " ")).toContain("one retry, 24 h after the failure");
    expect(explainCode("UserErrorFsFreezeFailed").text).toContain("never retried by itself");
  });

  it("C8: says of what the service repairs that nothing is triggered, and names every workload that a row is for", () => {
    const { text, json } = explainCode("CloudDosAbsoluteLimitReachedWithRetry");
    expect(text).toContain("CloudDosAbsoluteLimitReachedWithRetry, SQLDataBase, SAPHanaDatabase\n");
    expect(text.replaceAll(/\s+/g, " ")).toContain("watched and never triggered To do Nothing for 24 hours");
    expect(json).toMatchObject({ rows: [{ kind: "self-healing", workloads: ["SQLDataBase", "SAPHanaDatabase"], tries: 0 }] });
  });

  it("C8: offers the nearest codes for an unknown one, and says how unknown ones are handled", () => {
    const { found, text, json } = explainCode("UserErorVmNotInDesirableStat");
    expect(found).toBe(false);
    expect(text).toContain("UserErorVmNotInDesirableStat: not in the catalogue\n");
    expect(text.replaceAll(/\s+/g, " ")).toContain("one retry, 1 h after the failure, then the item is reported as failing");
    expect(json).toMatchObject({ found: false, handling: { kind: "unknown", tries: 1 } });
    expect((json["nearest"] as readonly string[])[0]).toBe("UserErrorVmNotInDesirableState");
  });

  it("keeps control and format characters of a typed code off the terminal", () => {
    const { text } = explainCode("Bad\u001B[2J\u202Ecode");
    expect(text).toMatch(/^Bad\?\[2J\?code: /);
  });

  it("explains every code, names that objects have, and nothing, within the width of a terminal", () => {
    for (const code of [...CATALOGUE.map((row) => row.code), "__proto__", "constructor", "", "x".repeat(5000)]) {
      const { text } = explainCode(code);
      for (const line of text.split("\n").filter((line) => !line.includes("https://") && line.startsWith(" "))) {
        expect(line.length, line).toBeLessThanOrEqual(112);
      }
      expect(text.endsWith("\n"), code).toBe(true);
    }
  });
});

describe("listCodes", () => {
  it("C8: lists every row once, by kind, workload and name", () => {
    const { text, json } = listCodes();
    const lines = text.split("\n");
    expect(lines.filter((line) => line.startsWith("    "))).toHaveLength(CATALOGUE.length);
    expect(json["codes"]).toHaveLength(CATALOGUE.length);
    expect(lines.filter((line) => /^\S/.test(line)).map((line) => line.split(":")[0])).toEqual([
      "transient",
      "throttled",
      "conflict",
      "self-healing",
      "needs-person",
    ]);
    expect(text).toContain("\n  every workload\n    AuthorizationFailed\n    LinkedAuthorizationFailed\n");
    expect(text).toContain("\n    ResourceNotFound (320001)\n");
    expect(text).toContain("never triggered\n  SQLDataBase, SAPHanaDatabase\n    CloudDosAbsoluteLimitReachedWithRetry\n  SQLDataBase\n");
  });
});

describe("nearestCodes", () => {
  it("gives at most three, nearest first, and none that is far", () => {
    expect(nearestCodes("http50", ["Http504", "Http500", "Http502", "Http503", "CloudInternalError"])).toEqual([
      "Http500",
      "Http502",
      "Http503",
    ]);
    expect(nearestCodes("Http503", ["Http404", "Http500", "Http503"])).toEqual(["Http503", "Http500", "Http404"]);
    expect(nearestCodes("abc", ["Http500", "xyz"])).toEqual([]);
    expect(nearestCodes("CloudInternalEror", ["CloudInternalError"])).toEqual(["CloudInternalError"]);
  });
});
