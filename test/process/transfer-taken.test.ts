/** A transfer that another process takes over while it is under way. */
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { jsonLines, startCommand, temporaryFolder } from "../support/command-line.ts";

it("R2: ends with the exit code of what somebody else holds, and publishes nothing", async () => {
  const base = temporaryFolder();
  const [source, store] = [join(base, "disk.img"), join(base, "store")];
  writeFileSync(source, randomBytes(12 * 1024 * 1024));
  const backup = startCommand(["backup", "--name", "n", "--source", source, "--to", store, "--bandwidth", "3MiB", "--json"]);
  const drafts = join(store, "state", "drafts");
  const found = (): string[] =>
    existsSync(drafts) ? readdirSync(drafts, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".json")) : [];
  await expect.poll(found, { timeout: 20_000 }).toHaveLength(1);
  // As who publishes the point, or gives the transfer up, leaves it.
  for (const name of found()) rmSync(join(drafts, name));
  const finished = await backup.ended;
  expect(jsonLines(finished).at(-1)).toMatchObject({
    tasks: [{ result: "failed", error: expect.stringContaining("taken over") as unknown }],
  });
  expect(finished.code).toBe(11);
  expect(existsSync(join(store, "points"))).toBe(false);
});
