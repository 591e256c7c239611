/** Hard links whose first name vanishes or is replaced between the walk and the reading. */
import { linkSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { openSource } from "../../../src/agent/source/open-source.ts";
import type { FolderSource } from "../../../src/agent/source/source.ts";
import { createMemoryBlockStore } from "../../../src/store/blocks/memory.ts";
import { backUp, jobOf, openTestRepository, testFolder } from "../../support/agent-store.ts";
import { restoreTo } from "../../support/restore-to.ts";

/** Two names of one file; `meanwhile` happens just before the first is opened. What the point holds of the second. */
async function secondName(meanwhile: (first: string) => void): Promise<string> {
  const folder = join(testFolder(), "data");
  mkdirSync(folder);
  writeFileSync(join(folder, "a"), "content");
  linkSync(join(folder, "a"), join(folder, "b"));
  const repository = await openTestRepository(createMemoryBlockStore());
  const { tasks } = await backUp(repository, jobOf({ f: `${folder}/` }), {
    openSource: async (path) => {
      const source = (await openSource(path)) as FolderSource;
      let once = false;
      const openFile: FolderSource["openFile"] = async (entry) => {
        if (!once) meanwhile(join(folder, "a"));
        once = true;
        return source.openFile(entry);
      };
      return { kind: "folder", path, entries: (onSkip) => source.entries(onSkip), openFile, close: () => source.close() };
    },
  });
  expect(tasks).toMatchObject([{ result: "warning" }]);
  const to = mkdtempSync(join(tmpdir(), "reprise-links-"));
  onTestFinished(() => rmSync(to, { recursive: true, force: true }));
  await restoreTo(repository, join(to, "out"));
  return readFileSync(join(to, "out", "b"), "utf8");
}

describe("the other name of a hard link", () => {
  it("keeps its content when the first name vanishes", async () => {
    expect(await secondName(unlinkSync)).toBe("content");
  });

  it("keeps its content when another file takes the place of the first name", async () => {
    const content = await secondName((first) => {
      writeFileSync(`${first}.new`, "another");
      renameSync(`${first}.new`, first);
    });
    expect(content).toBe("content");
  });
});
