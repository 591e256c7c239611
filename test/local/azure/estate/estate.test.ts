import { describe, expect, it } from "vitest";
import { builtInEstate } from "../../../../src/local/azure/built-in-estate.ts";
import { estateNowMs, EstateError, parseEstate } from "../../../../src/local/azure/estate/estate.ts";
import { generateEstate } from "../../../../src/local/azure/generate.ts";
import { NOW, oneVault, vm } from "../asked.ts";

function problem(estate: object, realTime = false): string {
  return messageOf(() => parseEstate(JSON.stringify(estate), { source: "estate.json", realTime }));
}

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof EstateError) return error.message;
    throw error;
  }
  return "no error";
}

const job = (rest: object): object => oneVault([vm("vm-1", { jobs: [{ status: "Failed", start: "-6h", end: "-5h50m", ...rest }] })]);
const faulty = (fault: object): object => oneVault([vm("vm-1")], { faults: [fault] });
const AT = "subscriptions[0].vaults[0].items[0]";

describe("an estate file", () => {
  it.each([
    [job({ status: "Broken" }), `estate.json: ${AT}.jobs[0].status: found "Broken"; allowed: Completed, CompletedWithWarnings, Failed`],
    [job({ end: "soon" }), `${AT}.jobs[0].end: found "soon"; allowed: a relative time such as -6h`],
    [job({ end: "-7h" }), `${AT}.jobs[0].end: found "-7h"; allowed: a time not before the start, "-6h"`],
    [job({ status: "Completed", errorCode: "X" }), `${AT}.jobs[0].errorCode: found "X"`],
    [job({ colour: "red" }), `${AT}.jobs[0].colour: found an unknown field ("red"); allowed: status, start, end, operation`],
    [oneVault([vm("vm-1", { next: [{ status: "Failed", after: "-20m" }] })]), `${AT}.next[0].after: found "-20m"; allowed: a duration`],
    [oneVault([{ name: "vm-1" }]), `${AT}.workload: found nothing; allowed: AzureIaasVM`],
    [
      oneVault([vm("disk-1", { workload: "AzureDisk" })]),
      `${AT}.workload: found "AzureDisk" in a RecoveryServices vault; allowed: AzureIaasVM`,
    ],
    [oneVault([vm("vm-1"), vm("VM-1")]), `subscriptions[0].vaults[0].items[1].name: found "VM-1" a second time`],
    [oneVault([vm("vm-1", { tags: { tier: 1 } })]), `${AT}.tags.tier: found 1; allowed: text`],
    [oneVault([vm("vm-1", { softDeleted: "yes" })]), `${AT}.softDeleted: found "yes"; allowed: true or false`],
    [oneVault([], {}, { kind: "Vault" }), `subscriptions[0].vaults[0].kind: found "Vault"; allowed: RecoveryServices, DataProtection`],
    [oneVault([], { speed: 0 }), "speed: found 0; allowed: a number above 0"],
    [{ subscriptions: [{ id: "one", vaults: [] }] }, `subscriptions[0].id: found "one"; allowed: a GUID`],
    [{ subscriptions: {} }, "subscriptions: found {}; allowed: a list"],
    [[], "the whole file: found []; allowed: an object"],
    [{ now: NOW, subscriptions: [] }, "subscriptions: found []; allowed: at least one subscription"],
    [
      faulty({ on: "moon", do: "throttle" }),
      `faults[0].on: found "moon"; allowed: graph, subscriptions, trigger, operation, jobs, job, any`,
    ],
    [faulty({ on: "jobs", do: "status" }), "faults[0].code: found nothing; allowed: an HTTP status from 400 to 599, or an error symbol"],
    [faulty({ on: "jobs", do: "stale", seconds: 5 }), `faults[0].on: found "jobs"; allowed: graph, for stale`],
    [faulty({ on: "jobs", do: "delay" }), "faults[0].seconds: found nothing; allowed: a number of seconds for `delay`"],
    [faulty({ on: "trigger", do: "throttle", item: "vm-9" }), `faults[0].item: found "vm-9"; allowed: the name of an item of this estate`],
    [faulty({ on: "trigger", do: "throttle", times: 0 }), "faults[0].times: found 0; allowed: a whole number, 1 or more"],
  ])("is refused with one error that names the field (%#)", (estate, expected) => {
    expect(problem(estate)).toContain(expected);
  });

  it("names the line of text that is not JSON", () => {
    expect(messageOf(() => parseEstate('{\n  "now": "x",\n  oops\n}', { source: "estate.json" }))).toMatch(
      /^estate\.json: line 3, column 3: /,
    );
    expect(messageOf(() => parseEstate('{\n  "subscriptions": [\n'))).toMatch(/line 3, /);
  });

  it("may not set the time of a process of its own", () => {
    expect(problem({ now: NOW, ...oneVault([vm("vm-1")]) }, true)).toContain(`now: found "${NOW}"`);
    expect(problem(oneVault([vm("vm-1")]), true)).toBe("no error");
  });

  it("is built in: it passes its own checks and starts at a fixed time", () => {
    const estate = builtInEstate();
    expect(parseEstate(JSON.stringify(estate))).toEqual(estate);
    expect(estateNowMs(estate)).toBe(Date.parse(NOW));
    expect(problem(builtInEstate({ realTime: true }), true)).toBe("no error");
  });
});

describe("a generated estate", () => {
  const spec = (text: string) => generateEstate(text);
  const failedJobs = (text: string): number =>
    spec(text)
      .subscriptions.flatMap((subscription) => subscription.vaults)
      .flatMap((vault) => vault.items)
      .flatMap((item) => item.jobs ?? [])
      .filter((one) => one.status === "Failed").length;

  it("has exactly as many failed items as asked for, in valid form", () => {
    expect(failedJobs("items=1000,failed=0.137,seed=1")).toBe(137);
    expect(failedJobs("items=10,failed=0,seed=1")).toBe(0);
    expect(failedJobs("items=10,failed=1,seed=1")).toBe(10);
    const mixed = spec("items=60,failed=0.5,seed=3,subscriptions=2,vaults=4,workloads=AzureIaasVM+AzureDisk+MAB");
    expect(parseEstate(JSON.stringify(mixed))).toEqual(mixed);
    expect(mixed.subscriptions.map((one) => one.vaults.length)).toEqual([4, 4]);
  });

  it("is the same for the same numbers, and another for another seed", () => {
    expect(spec("items=50,seed=7")).toEqual(spec("items=50,seed=7"));
    expect(spec("items=50,seed=7")).not.toEqual(spec("items=50,seed=8"));
  });

  it.each([
    ["items=ten", 'items: found "ten"; allowed: a whole number from 1 to 1000000'],
    ["failed=0.1", "items: found nothing"],
    ["items=10,failed=2", 'failed: found "2"; allowed: a number from 0 to 1'],
    ["items=10,colour=red", "colour: found an unknown field; allowed: items, failed, seed, subscriptions, vaults, workloads"],
    ["items=10,items=11", "items: found the field a second time"],
    ["items=10,workloads=AzureIaasVM+Tape", 'workloads: found "Tape"; allowed: one or more of AzureIaasVM'],
    ["items=10,subscriptions=5,vaults=2", "vaults: found 2; allowed: at least as many as subscriptions (5)"],
  ])("refuses %s", (text, expected) => {
    expect(messageOf(() => generateEstate(text))).toContain(expected);
  });
});
