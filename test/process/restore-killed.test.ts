/** A restore whose process is killed goes on where it stood, and ends with the same bytes. */
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { jsonLines, runCommand, startCommand, temporaryFolder, type RunningCommand } from "../support/command-line.ts";

const TIME_LIMIT = { timeout: 180_000 };
const MIB = 1024 * 1024;

/** Kills the process when so many bytes stand in the folder. */
async function killWhenWritten({ child, ended }: RunningCommand, folder: string, bytes: number): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error("it ended before it was killed");
    const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const written = names.reduce((sum, { parentPath, name }) => {
      const info = statSync(join(parentPath, name), { throwIfNoEntry: false });
      return sum + (info === undefined ? 0 : Math.min(info.size, info.blocks * 512));
    }, 0);
    if (written >= bytes) break;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  child.kill("SIGKILL");
  expect((await ended).signal).toBe("SIGKILL");
}

describe("a restore whose process is killed", () => {
  it("R2, R5: a disk goes on with what was written", TIME_LIMIT, async () => {
    const folder = temporaryFolder();
    const [image, store, out] = [join(folder, "disk.img"), join(folder, "store"), join(folder, "out")];
    mkdirSync(out);
    writeFileSync(image, randomBytes(160 * MIB));
    const backup = await runCommand(["backup", "--name", "n", "--source", image, "--to", store, "--compression", "none", "--quiet"]);
    expect([backup.code, backup.stderr]).toEqual([0, ""]);
    const restore = ["restore", "--from", store, "--to", join(out, "disk.img"), "--json"];
    await killWhenWritten(startCommand(restore), out, 40 * MIB);
    // Under its name stands nothing half done.
    expect(readdirSync(out)).toEqual(["disk.img.reprise-partial"]);
    const finished = await runCommand(restore);
    expect(finished.code).toBe(0);
    const summary = jsonLines(finished).at(-1);
    expect(summary?.["bytesKept"]).toBeGreaterThanOrEqual(32 * MIB);
    expect(Number(summary?.["bytesKept"]) + Number(summary?.["bytesWritten"])).toBe(160 * MIB);
    expect(readFileSync(join(out, "disk.img")).equals(readFileSync(image))).toBe(true);
    expect(readdirSync(out)).toEqual(["disk.img"]);
  });

  it("R2, R5: a folder goes on with what was written", TIME_LIMIT, async () => {
    const folder = temporaryFolder();
    const [home, store, out] = [join(folder, "home"), join(folder, "store"), join(folder, "out")];
    mkdirSync(home);
    mkdirSync(out);
    for (let index = 0; index < 80; index++) writeFileSync(join(home, `f${index}`), randomBytes(MIB));
    const backup = await runCommand(["backup", "--name", "n", "--source", home, "--to", store, "--compression", "none", "--quiet"]);
    expect([backup.code, backup.stderr]).toEqual([0, ""]);
    const to = join(out, "home");
    const restore = ["restore", "--from", store, "--to", to, "--json"];
    await killWhenWritten(startCommand(restore), out, 20 * MIB);
    const finished = await runCommand(restore);
    expect(finished.code).toBe(0);
    const summary = jsonLines(finished).at(-1);
    expect(summary?.["bytesKept"]).toBeGreaterThanOrEqual(10 * MIB);
    expect(Number(summary?.["bytesKept"]) + Number(summary?.["bytesWritten"])).toBe(80 * MIB);
    expect(readdirSync(to)).toHaveLength(80);
    for (const name of readdirSync(home)) expect(readFileSync(join(to, name)).equals(readFileSync(join(home, name))), name).toBe(true);
  });
});
