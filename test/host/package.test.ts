import { mkdtemp, rm } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageApp } from "../../infra/package-app.ts";
import { plainEnvironment, start } from "./child-process.ts";
import { root } from "../infra/bicep.ts";

describe("the packaged app", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "reprise-package-"));
    packageApp(root, folder);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("U3: registers on the local host what the project registers, from its own modules", async () => {
    const register = async (entryPoints: string): Promise<unknown> => {
      const program = start({
        name: "register",
        command: process.execPath,
        args: [join(root, "test/host/register-functions.ts"), entryPoints],
        cwd: folder,
        env: plainEnvironment(),
      });
      return JSON.parse(await program.waitFor((output) => /^registered (.*)$/m.exec(output)?.[1], 60_000));
    };
    const packaged = await register(join(folder, "dist/functions"));
    expect(packaged).toEqual(await register(join(root, "dist/functions")));
    expect(packaged).toMatchObject({
      health: 200,
      functions: expect.arrayContaining(["health", "startRun", "schedule", "repriseRun", "repriseTrigger"]),
    });
  });

  it("names its functions by a pattern that finds all of them", () => {
    expect(JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))).toMatchObject({ type: "module", main: "dist/functions/*.js" });
  });
});
