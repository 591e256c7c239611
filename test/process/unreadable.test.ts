/** `reprise backup` as a user who may not read everything. */
import { chmodSync, chownSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { jsonLines, runCommand, temporaryFolder } from "../support/command-line.ts";

const NOBODY = 65534;
const HOSTILE = "two\nlines \u001b[31mred \u202egnp";

describe.runIf(process.getuid?.() === 0)("a file that may not be read (needs root to start another user's process)", () => {
  /** A folder of which one file is closed to others, and a place for the store that is open to them. */
  function laidOut(): { readonly folder: string; readonly args: readonly string[] } {
    const base = temporaryFolder();
    const [folder, store] = [join(base, "data"), join(base, "store")];
    for (const path of [folder, store]) mkdirSync(path);
    for (const path of [base, folder, store]) chmodSync(path, 0o755);
    chownSync(store, NOBODY, NOBODY);
    writeFileSync(join(folder, HOSTILE), "secret", { mode: 0o600 });
    writeFileSync(join(folder, "open"), "content");
    return { folder, args: ["backup", "--name", "nightly", "--source", folder, "--to", store] };
  }

  it("J2: is a warning with exit code 3, told in text that steers no terminal", async () => {
    const { args } = laidOut();
    const finished = await runCommand([...args, "--verbose"], { uid: NOBODY });
    expect(finished.code, finished.stderr).toBe(3);
    expect(finished.stdout).toContain("! two[U+000A]lines [U+001B][31mred [U+202E]gnp: it cannot be read");
    expect(finished.stdout).toContain("Warning in ");
    expect((finished.stdout + finished.stderr).replaceAll("\n", "")).not.toMatch(/[\p{Cc}\u202e]/u);
  });

  it("J2: is in the JSON summary, with how many there are", async () => {
    const { args } = laidOut();
    const finished = await runCommand([...args, "--json"], { uid: NOBODY });
    expect(finished.code).toBe(3);
    expect(jsonLines(finished).at(-1)).toMatchObject({
      message_type: "summary",
      result: "warning",
      tasks: [{ result: "warning", unread: 1, remarks: [`${HOSTILE}: it cannot be read and is left out: permission denied (EACCES).`] }],
    });
  });

  it("J2: a folder that may not be read at all is a failure", async () => {
    const { folder, args } = laidOut();
    chmodSync(folder, 0o700);
    const finished = await runCommand([...args, "--json"], { uid: NOBODY });
    expect(finished.code).toBe(1);
    expect(jsonLines(finished).at(-1)).toMatchObject({ result: "failed", tasks: [{ result: "failed" }] });
  });
});
