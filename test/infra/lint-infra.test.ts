import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { root } from "./bicep.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "reprise-lint-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** `npm run lint:infra` with a PATH of one folder. */
function lint(): { readonly code: number | null; readonly stdout: string } {
  const { status, stdout } = spawnSync(process.execPath, [join(root, "test/infra/lint-infra.ts")], {
    encoding: "utf8",
    env: { PATH: folder },
  });
  return { code: status, stdout };
}

function bicep(...lines: readonly string[]): void {
  writeFileSync(join(folder, "bicep"), ["#!/bin/sh", ...lines, ""].join("\n"));
  chmodSync(join(folder, "bicep"), 0o755);
}

describe("lint:infra", () => {
  it("says that it skips where there is no Bicep, and fails nothing", () => {
    expect(lint()).toEqual({ code: 0, stdout: "SKIPPED: bicep is not on the PATH\n" });
  });

  it("builds and lints every template that is deployed by itself", () => {
    bicep('if [ "$1" = --version ]; then echo "Bicep CLI version 0.0.0"; fi');
    const { code, stdout } = lint();
    expect(code).toBe(0);
    for (const template of ["main", "access/management-group", "access/subscription", "access/vault"])
      for (const command of [`build infra/${template}.bicep --stdout`, `lint infra/${template}.bicep`])
        expect(stdout).toContain(`ok     bicep ${command}\n`);
  });

  it.each([
    ["a warning of the build", 'if [ "$1" = build ]; then echo "a.bicep(1,1) : Warning BCP225: no" >&2; fi'],
    ["a warning of the linter on stdout", 'if [ "$1" = lint ]; then echo "a.bicep(1,1) : Warning no-unused-params: no"; fi'],
    ["an exit code", 'if [ "$1" = build ]; then exit 1; fi'],
  ])("fails for %s", (_what, line) => {
    bicep(line);
    expect(lint()).toMatchObject({ code: 1, stdout: expect.stringContaining("failed bicep") as string });
  });
});
