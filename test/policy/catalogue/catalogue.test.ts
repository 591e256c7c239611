import { assert, constantFrom, double, oneof, property, string } from "fast-check";
import { describe, expect, it } from "vitest";
import { CATALOGUE, classify, findRow } from "../../../src/policy/catalogue/catalogue.ts";
import type { CatalogueRow } from "../../../src/policy/errors.ts";
import { WORKLOADS } from "../../../src/policy/workload.ts";
import { GENERAL_CODES, HANDLING, WORKLOAD_CODES, type CodesByHandling } from "./reference-codes.ts";

const VM = "AzureIaasVM";
const HOUR_MS = 3_600_000;

function expectHandled(code: string, workload: string, handling: keyof typeof HANDLING): void {
  const expected = HANDLING[handling];
  const verdict = classify({ symbol: code }, workload);
  const where = `${code} of ${workload}`;
  expect(verdict, where).toMatchObject({ code, known: true, kind: expected.kind, tries: expected.tries });
  expect(verdict.then, where).toBe(expected.afterwards);
  expect(verdict.firstDelayMs, where).toBeGreaterThanOrEqual(expected.fromHours * HOUR_MS);
  expect(verdict.firstDelayMs, where).toBeLessThanOrEqual(expected.toHours * HOUR_MS);
}

function grouped(byHandling: CodesByHandling): readonly { readonly handling: keyof typeof HANDLING; readonly codes: readonly string[] }[] {
  return (Object.keys(byHandling) as (keyof typeof HANDLING)[]).map((handling) => ({ handling, codes: byHandling[handling] ?? [] }));
}

/** Whether one error could find both rows. */
function meet(row: CatalogueRow, other: CatalogueRow): boolean {
  const { workloads } = row;
  return workloads === "all" || other.workloads === "all" || other.workloads.some((word) => workloads.includes(word));
}

describe("which row an error finds", () => {
  it("C8: takes the symbol before the number before the text", () => {
    const text = "Another backup operation is currently in progress.";
    expect(classify({ symbol: "CloudInternalError", number: 400094, text }, VM).code).toBe("CloudInternalError");
    expect(classify({ symbol: "NotPublished", number: 400094, text }, VM).code).toBe("BCMV2VMNotFound");
    expect(classify({ symbol: "NotPublished", number: 1, text }, VM).code).toBe("UserErrorBackupOperationInProgress");
    expect(classify({ text }, VM).code).toBe("UserErrorBackupOperationInProgress");
  });

  it("C8: knows a code in any case, with blanks around it, and answers in the catalogue's spelling", () => {
    expect(classify({ symbol: " usererrorBACKUPoperationinprogress " }, "azureiaasvm")).toMatchObject({
      code: "UserErrorBackupOperationInProgress",
      kind: "conflict",
    });
  });

  it("C8: takes a number, or a number written as the symbol, for the code it is published with", () => {
    for (const error of [{ number: 320001 }, { symbol: "320001" }]) {
      expect(classify(error, VM)).toMatchObject({ code: "ResourceNotFound", kind: "needs-person" });
      expect(classify(error, VM).meaning).toContain("VM");
    }
    expect(classify({ number: 380008 }, "SQLDataBase")).toMatchObject({ code: "AzureVmOffline", kind: "transient" });
  });

  it("C8: prefers the row of the workload to the one for all", () => {
    expect(classify({ symbol: "ResourceNotFound" }, VM).meaning).toContain("The VM");
    expect(classify({ symbol: "ResourceNotFound" }, "AzureFileShare").meaning).toContain("The vault");
  });

  it("C8: does not read a code that is published for other workloads only", () => {
    expect(classify({ symbol: "BackUpOperationFailed" }, "AzureFileShare")).toMatchObject({
      kind: "unknown",
      code: "BackUpOperationFailed",
    });
    expect(classify({ text: "VM is not in a state that allows backups" }, "AzureFileShare").kind).toBe("unknown");
  });

  it("C8: reads a code or a text that two workloads share in the row of the one that failed", () => {
    const text = "Backup log chain is broken.";
    expect(classify({ text }, "SQLDataBase").code).toBe("UserErrorSQLLSNValidationFailure");
    expect(classify({ text }, "SAPHanaDatabase").code).toBe("UserErrorHANALSNValidationFailure");
    expect(classify({ text }, VM).kind).toBe("unknown");
    expect(classify({ symbol: "AzureVmOffline" }, "SAPHanaDatabase").kind).toBe("transient");
    expect(classify({ symbol: "AzureVmOffline" }, "SAPAseDatabase").kind).toBe("unknown");
  });
});

describe("unknown codes", () => {
  it("C8: gives an unknown code one retry after an hour, then failing, and says where to look", () => {
    const verdict = classify({ symbol: "UserErrorNeverPublished" }, VM);
    expect(verdict).toMatchObject({ kind: "unknown", known: false, firstDelayMs: HOUR_MS, tries: 1 });
    expect(verdict.then).toBe("failing");
    expect(verdict.code).toBe("UserErrorNeverPublished");
    expect(verdict.advice).toContain("Backup jobs");
  });

  it("C8: names an unknown code by its symbol, else its number, else Unknown", () => {
    expect(classify({ symbol: "Some", number: 7 }, VM).code).toBe("Some");
    expect(classify({ symbol: "  ", number: 7 }, VM).code).toBe("7");
    expect(classify({ text: "Etwas ging schief." }, VM).code).toBe("Unknown");
    expect(classify(undefined, VM)).toMatchObject({ kind: "unknown", code: "Unknown" });
  });

  it("C8: takes names that every object has for unknown", () => {
    for (const symbol of ["__proto__", "constructor", "toString", "hasOwnProperty", "prototype"]) {
      expect(classify({ symbol }, symbol), symbol).toMatchObject({ kind: "unknown", code: symbol });
      expect(findRow(symbol), symbol).toBeUndefined();
    }
  });

  it("C8: never throws, and never lets a long code through", () => {
    const anything = oneof(
      string({ unit: "binary", maxLength: 400 }),
      constantFrom(...CATALOGUE.map((row) => row.code), "__proto__", "320001"),
    );
    assert(
      property(anything, double(), anything, anything, (symbol, number, text, workload) => {
        const verdict = classify({ symbol, number, text }, workload);
        expect(verdict.code.length).toBeLessThanOrEqual(128);
        expect(verdict.code.isWellFormed()).toBe(true);
        expect(verdict.known).toBe(verdict.kind !== "unknown");
      }),
    );
    const cut = classify({ symbol: `${"x".repeat(127)}\u{1F600}${"y".repeat(9_000)}` }, VM).code;
    expect(cut).toHaveLength(128);
    expect(cut.isWellFormed()).toBe(true);
  });
});

describe("first delay from settings", () => {
  it("C8: replaces the first delay of what is triggered, and of nothing else", () => {
    const options = { backoffFirstMs: 1500 };
    for (const symbol of ["CloudInternalError", "Http429", "UserErrorBackupOperationInProgress", "UserErrorNeverPublished"]) {
      expect(classify({ symbol }, VM, options).firstDelayMs, symbol).toBe(1500);
    }
    expect(classify({ symbol: "UserErrorFsFreezeFailed" }, VM, options).firstDelayMs).toBe(0);
  });
});

describe("the rows", () => {
  it.each(WORKLOADS)("C8: handles every published code of %s as the pages ask for, and holds none beyond", (workload) => {
    for (const { handling, codes } of grouped(WORKLOAD_CODES[workload])) for (const code of codes) expectHandled(code, workload, handling);
    const held = CATALOGUE.filter((row) => row.workloads !== "all" && row.workloads.includes(workload)).map((row) => row.code);
    expect(held.toSorted()).toEqual(Object.values(WORKLOAD_CODES[workload]).flat().toSorted());
  });

  it.each(WORKLOADS)("C8: handles the codes of every workload for %s", (workload) => {
    const own = new Set(Object.values(WORKLOAD_CODES[workload]).flat());
    for (const { handling, codes } of grouped(GENERAL_CODES)) {
      for (const code of codes.filter((each) => !own.has(each))) expectHandled(code, workload, handling);
    }
  });

  it("C8: holds no row for every workload beside the published ones", () => {
    const held = CATALOGUE.filter((row) => row.workloads === "all").map((row) => row.code);
    expect(held.toSorted()).toEqual(Object.values(GENERAL_CODES).flat().toSorted());
  });

  it("C8: never retries a share that has all its snapshots, and waits a day where the day's operations are used up", () => {
    expect(classify({ symbol: "AFSMaxSnapshotReached" }, "AzureFileShare")).toMatchObject({ kind: "needs-person", tries: 0 });
    expect(classify({ symbol: "CloudDosAbsoluteLimitReached" }, "SQLDataBase").firstDelayMs).toBe(24 * HOUR_MS);
    expect(classify({ symbol: "CloudDosAbsoluteLimitReachedWithRetry" }, "SQLDataBase").kind).toBe("self-healing");
  });

  it("C8: reaches every row by its code, its numbers and its phrases", () => {
    for (const row of CATALOGUE) {
      for (const workload of row.workloads === "all" ? ["AzureBlob"] : row.workloads) {
        const asked = [
          { symbol: row.code },
          ...(row.numbers ?? []).map((number) => ({ number })),
          ...(row.phrases ?? []).map((phrase) => ({ text: `Error: ${phrase.toUpperCase()}.` })),
        ];
        for (const error of asked) expect(classify(error, workload).meaning, JSON.stringify(error)).toBe(row.meaning);
      }
    }
  });

  it("C8: has one row for a code and a workload, and one code for a number or a phrase", () => {
    const keys = CATALOGUE.flatMap((row) =>
      (row.workloads === "all" ? ["all"] : row.workloads).map((word) => `${row.code.toLowerCase()} ${word}`),
    );
    expect(new Set(keys).size).toBe(keys.length);
    const numbers = CATALOGUE.flatMap((row) => row.numbers ?? []);
    expect(numbers.toSorted((a, b) => a - b)).toEqual([320001, 380008, 400094]);
    for (const row of CATALOGUE) {
      for (const phrase of row.phrases ?? []) {
        const also = CATALOGUE.filter((other) => meet(row, other)).flatMap((other) => other.phrases ?? []);
        expect(
          also.filter((other) => other.includes(phrase)),
          phrase,
        ).toEqual([phrase]);
      }
    }
  });

  it("C8: waits and tries only where something is triggered", () => {
    for (const row of CATALOGUE) {
      const triggered = row.kind === "transient" || row.kind === "throttled" || row.kind === "conflict";
      expect(row.firstDelayMinutes > 0, row.code).toBe(triggered);
      expect(row.tries > 0, row.code).toBe(triggered);
      expect(row.kind !== "needs-person" || row.then === "needs-person", row.code).toBe(true);
    }
  });

  it("C8: gives every row a meaning, an advice that can be followed, known workloads and a source", () => {
    const words: readonly string[] = WORKLOADS;
    for (const row of CATALOGUE) {
      expect(row.meaning, row.code).toMatch(/^[A-Z][^\n]{15,}\.$/);
      expect(row.advice, row.code).toMatch(/^[A-Z][^\n]{39,}\.$/);
      // Nothing starts a retry while the service repairs: an advice must not name the command for it.
      expect(row.advice.includes("reprise retry --item NAME"), row.code).toBe(row.kind !== "self-healing");
      expect(row.advice.includes("Runs only watch it"), row.code).toBe(row.kind === "self-healing");
      expect(row.advice.includes("--force"), row.code).toBe(row.kind === "needs-person");
      expect(row.advice, row.code).not.toMatch(/\.\.|\. \.| {2}|undefined/);
      expect(row.source, row.code).toMatch(/^https:\/\/(learn\.microsoft\.com\/azure|github\.com)\/\S+$/);
      if (row.workloads !== "all") for (const word of row.workloads) expect(words, row.code).toContain(word);
    }
  });
});

describe("findRow", () => {
  it("C8: finds a row by symbol in any case or by number as text", () => {
    expect(findRow("HTTP429")?.kind).toBe("throttled");
    expect(findRow("400094")?.code).toBe("BCMV2VMNotFound");
    expect(findRow("999999")).toBeUndefined();
    expect(findRow("")).toBeUndefined();
  });
});
