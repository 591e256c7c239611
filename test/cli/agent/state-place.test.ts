/** Locks and drafts in a store of their own: who does not know it must not take transfers under way for given up. */
import { randomBytes } from "node:crypto";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { runCommand, startCommand, temporaryFolder } from "../../support/command-line.ts";

it("prune without the state store of a backup under way refuses; with it, it leaves the transfer alone", { timeout: 60_000 }, async () => {
  const base = temporaryFolder();
  const [source, store, state, other] = ["disk.img", "store", "state", "other"].map((name) => join(base, name)) as [
    string,
    string,
    string,
    string,
  ];
  writeFileSync(source, randomBytes(24 * 1024 * 1024));
  const backUp = ["backup", "--name", "n", "--source", source, "--to", store];
  const running = startCommand([...backUp, "--state-store", state, "--bandwidth", "2MiB"]);
  const segments = (): string[] => {
    try {
      return readdirSync(join(store, "+data"), { recursive: true, encoding: "utf8" });
    } catch {
      return [];
    }
  };
  await expect.poll(() => segments().length, { timeout: 20_000 }).toBeGreaterThan(3);

  const refusals = await Promise.all([
    runCommand(["prune", "--from", store, "--keep-last", "1"]),
    runCommand(["prune", "--from", store, "--keep-last", "1", "--state-store", other]),
    runCommand(backUp),
  ]);
  expect(refusals.map(({ code }) => code)).toEqual([2, 2, 2]);
  for (const { stderr } of refusals) expect(stderr).toMatch(/--state-store.*: found .*; allowed: the /);
  const pruned = await runCommand(["prune", "--from", store, "--keep-last", "1", "--state-store", state]);
  // Locked: by the backup.
  expect(pruned.code, pruned.stderr).toBe(3);

  expect((await running.ended).code).toBe(0);
  expect((await runCommand(["verify", "--from", store, "--full"])).code).toBe(0);
  expect((await runCommand(["prune", "--from", store, "--keep-last", "1", "--state-store", state])).code).toBe(0);
  // One that was lost is replaced by the next backup with another one.
  expect((await runCommand([...backUp, "--state-store", other])).code).toBe(0);
  expect((await runCommand(["prune", "--from", store, "--keep-last", "1", "--state-store", other])).code).toBe(0);
});

it("a store that keeps them itself is not pruned with another one", async () => {
  const base = temporaryFolder();
  const [source, store] = [join(base, "disk.img"), join(base, "store")];
  writeFileSync(source, randomBytes(1024));
  expect((await runCommand(["backup", "--name", "n", "--source", source, "--to", store])).code).toBe(0);
  const pruned = await runCommand(["prune", "--from", store, "--keep-last", "1", "--state-store", join(base, "other")]);
  expect(pruned.code).toBe(2);
  expect(pruned.stderr).toContain("allowed: none");
});
