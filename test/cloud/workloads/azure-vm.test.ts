import { describe, expect, it } from "vitest";
import { jobsOfItem } from "../../../src/cloud/activities/vault-jobs.ts";
import type { VaultJob } from "../../../src/cloud/control-plane.ts";
import { findWorkload } from "../../../src/cloud/workloads/workloads.ts";
import { candidateOf, job as vmJob } from "../../support/jobs.ts";
import { ITEM_ID } from "../azure/bench.ts";

const vm = findWorkload("azureiaasvm");
const item = { itemId: ITEM_ID, friendlyName: "vm-1" };
const job = (more: Partial<VaultJob>): VaultJob => ({
  name: "job-1",
  friendlyName: "vm-1",
  workload: "AzureIaasVM",
  status: "Started",
  operation: "adhocBackup",
  startMs: 0,
  ...more,
});

describe("virtual machines", () => {
  it("C6: the expiry asked for is the expiry sent", () => {
    const askedMs = Date.UTC(2026, 10, 30, 13);
    expect(vm?.backupRequest({ askedMs })).toEqual({
      properties: { objectType: "IaasVMBackupRequest", recoveryPointExpiryTimeInUTC: "2026-11-30T13:00:00.000Z" },
      sentExpiryMs: askedMs,
    });
  });

  it.each<[string, Partial<VaultJob>, boolean]>([
    ["the container without its first part", { containerName: "iaasvmcontainerv2;rg-app;vm-1" }, true],
    ["the whole container, cased otherwise", { containerName: "IaasVMContainer;iaasvmcontainer;RG-App;VM-1" }, true],
    ["a namesake in another resource group", { containerName: "iaasvmcontainerv2;rg-other;vm-1" }, false],
    ["no container, the friendly name in other case", { friendlyName: "VM-1" }, true],
    ["no container, another name", { friendlyName: "vm-2" }, false],
    ["another workload", { workload: "AzureFileShare", containerName: "iaasvmcontainerv2;rg-app;vm-1" }, false],
  ])("C12: a job of the vault's list with %s: %s → %s", (_name, more, expected) => {
    expect(vm?.matches(job(more), item)).toBe(expected);
  });

  it("C12: among thousands of jobs the same are found as by asking each", () => {
    const names = ["vm-1", "VM-1", "vm-2", ""];
    const containers = [
      undefined,
      "iaasvmcontainerv2;rg-app;vm-1",
      "IaasVMContainer;x;RG-App;VM-1",
      "iaasvmcontainerv2;rg-other;vm-1",
      "odd",
      "",
    ];
    const ids = [ITEM_ID, ITEM_ID.toUpperCase(), ITEM_ID.replaceAll(";", "%3B"), ITEM_ID.replaceAll("vm-1", "vm-2"), "no id"];
    const jobs = names.flatMap((friendlyName) =>
      containers.map((containerName, index) =>
        job({ name: `${friendlyName}-${index}`, friendlyName, ...(containerName !== undefined && { containerName }) }),
      ),
    );
    for (const itemId of ids)
      for (const friendlyName of names) {
        const candidate = { ...candidateOf(vmJob("Failed", -6, -5)), itemId, friendlyName };
        const asked = jobs.filter((each) => vm?.matches(each, candidate));
        const byName = (a: VaultJob, b: VaultJob): number => (a.name < b.name ? -1 : 1);
        expect(jobsOfItem(candidate, jobs).sort(byName), `${itemId} ${friendlyName}`).toEqual(asked.sort(byName));
      }
  });

  it("C9: a workload that is not triggered yet has no provider", () => {
    expect([findWorkload("MAB"), findWorkload("AzureDisk"), findWorkload("")]).toEqual([undefined, undefined, undefined]);
  });
});
