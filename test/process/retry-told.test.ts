/** What `reprise backup` says while a session goes on. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { startCommand, temporaryFolder } from "../support/command-line.ts";

it("J1, F5: a retry is announced with the reason why its task failed, once", { timeout: 60_000 }, async () => {
  const base = temporaryFolder();
  const [there, late, job] = [join(base, "there"), join(base, "late.img"), join(base, "job.yaml")];
  mkdirSync(there);
  const machine = (name: string, part: string): string => `  - name: ${name}\n    ${part}\n`;
  writeFileSync(
    job,
    `name: nightly\ntarget: ${join(base, "store")}\nretries: { count: 1, wait: 1s }\nmachines:\n` +
      machine("m1", `folders: [{ name: files, path: ${there} }]`) +
      machine("m2", `disks: [{ name: data, path: ${late} }]`),
  );
  const running = startCommand(["backup", "--job", job, "--retries", "1"]);
  let said = "";
  running.child.stderr?.on("data", (text: string) => {
    said += text;
    if (said.includes("retry 1 of 1 at")) writeFileSync(late, "disk");
  });
  const finished = await running.ended;
  expect(finished.code, finished.stderr).toBe(0);
  const reason = `data of m2 failed: The source ${late} does not exist. (SOURCE_NOT_FOUND)`;
  expect(finished.stderr.split("\n").filter((line) => line === reason)).toHaveLength(1);
  expect(finished.stderr.indexOf(reason)).toBeLessThan(finished.stderr.indexOf("1 of 2 tasks failed (data of m2); retry 1 of 1 at"));
});
