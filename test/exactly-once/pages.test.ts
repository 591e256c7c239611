import { describe, expect, it } from "vitest";
import { checkVault } from "../../src/cloud/activities/check-vault.ts";
import { find } from "../../src/cloud/activities/find.ts";
import { plan } from "../../src/cloud/activities/plan.ts";
import { estateOf, failedJob } from "../support/simulated-run.ts";
import { RUN, stage, VAULT, type StagedApp } from "./staged-app.ts";

const names = ["vm-a", "vm-b", "vm-c"];
const estate = estateOf(
  names.map((name) => ({ name, jobs: [failedJob("BackUpOperationFailed")], next: [{ status: "Completed", after: "1h" }] })),
);

const recordsOf = ({ ledger }: StagedApp, runId: string): Promise<unknown[]> =>
  Promise.all([ledger.discovery.read(runId), ledger.plan.read(runId), ledger.readChecked(runId, VAULT)]);

/** What the run's orchestrations execute before they come to items. */
async function prepare({ dependencies }: StagedApp, runId: string, times: number): Promise<unknown[][]> {
  const input = { runId, vault: VAULT };
  const steps = [find, plan, checkVault] as const;
  const results: unknown[][] = [];
  for (const step of steps) results.push(await Promise.all(Array.from({ length: times }, () => step(dependencies, input))));
  return results;
}

describe("pages that others build upon", () => {
  it("C12: discovery, plan and check executed again, when all items have recovered, change nothing", async () => {
    await stage(estate, async (app) => {
      await app.start();
      await app.report();
      const before = await recordsOf(app, RUN);
      const [found, planned, checked] = await app.clock.work(() => prepare(app, RUN, 2));
      expect(found).toEqual([
        { ok: true, candidatePages: 1 },
        { ok: true, candidatePages: 1 },
      ]);
      expect(planned).toEqual([{ vaults: 1 }, { vaults: 1 }]);
      expect(checked).toMatchObject([{ pages: [names.length] }, { pages: [names.length] }]);
      expect(await recordsOf(app, RUN)).toEqual(before);
    });
  });

  it("C12: executed at the same time they agree, and the pages that they agree on are there", async () => {
    await stage(estate, async (app) => {
      const { ledger } = app;
      // A dry run leaves the items as they are; the same run in earnest is prepared by hand.
      await app.start({ dryRun: true });
      await app.report();
      await app.clock.work(async () => {
        const dry = await ledger.run(RUN);
        await ledger.createRun({ ...dry, runId: "earnest", rules: { ...dry.rules, dryRun: false } });
        const [, , checked = []] = await prepare(app, "earnest", 4);
        const draft = (await ledger.readChecked("earnest", VAULT))?.draft ?? "";
        expect(checked).toEqual(Array.from({ length: 4 }, () => ({ pages: [names.length], draft })));
        const items = await Promise.all(
          names.map((_name, index) => ledger.item({ runId: "earnest", vault: VAULT, draft, page: 0, index })),
        );
        expect(items.map(({ candidate }) => candidate.friendlyName).sort()).toEqual(names);
      });
    });
  });
});
