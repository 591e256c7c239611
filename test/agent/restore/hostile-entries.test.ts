/** No entry, whatever a point says, and no link, whoever planted it, leads a restore out of its folder. */
import * as fs from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { comparePaths } from "../../../src/agent/source/path-order.ts";
import type { EntryType, FolderEntry } from "../../../src/agent/source/source.ts";
import { folderInMemory } from "../source/walk-of.ts";
import { entry, restore, target } from "./restore-of.ts";

const bytes = (text: string): Buffer => Buffer.from(text, "latin1");

/** All below a folder, with what could be changed by writing through a link: names, kinds, modes, times, content. */
function snapshot(folder: string): unknown[] {
  return fs
    .readdirSync(folder, { recursive: true, encoding: "utf8" })
    .sort()
    .map((name) => {
      const info = fs.lstatSync(join(folder, name));
      return [name, info.mode, info.uid, info.gid, info.mtimeMs, info.isFile() ? fs.readFileSync(join(folder, name), "utf8") : ""];
    });
}

/** A folder to restore to beside one that nobody may touch. */
function places(): { readonly to: string; readonly outside: string } {
  const base = folderInMemory();
  const outside = join(base, "outside");
  fs.mkdirSync(join(outside, "sub"), { recursive: true });
  for (const name of ["a", "b", "sub/a"]) fs.writeFileSync(join(outside, name), "precious");
  fs.mkdirSync(join(base, "to"));
  return { to: join(base, "to"), outside };
}

describe("hostile entries", () => {
  it.each([
    ["..", "its path leads out of the folder"],
    ["../outside/a", "its path leads out of the folder"],
    ["d/../../outside/a", "its path leads out of the folder"],
    ["./a", "its path leads out of the folder"],
    ["/etc/passwd", "its path has an empty part"],
    ["d//a", "its path has an empty part"],
    ["d/", "its path has an empty part"],
    ["a\0b", "its path has a byte 0"],
  ])("the path %j is refused", async (path, why) => {
    const { to, outside } = places();
    const before = snapshot(outside);
    for (const type of ["file", "directory", "symlink", "fifo"] as const)
      expect(await (await target(to)).place(entry(path, { type, target: bytes("x") }))).toEqual({ outcome: "refused", why });
    expect(fs.readdirSync(to)).toEqual([".reprise-restore-in-progress"]);
    expect(snapshot(outside)).toEqual(before);
  });

  it("a link that the point itself makes is not gone through", async () => {
    const { to, outside } = places();
    const before = snapshot(outside);
    const outcomes = await restore(to, [
      entry("link", { type: "symlink", target: bytes(outside) }),
      entry("link", { type: "directory", mode: 0o777 }),
      entry("link/a", {}),
      entry("link/sub", { type: "directory", mode: 0o777 }),
      entry("link/sub/new", {}),
      entry("to-file", { type: "symlink", target: bytes(join(outside, "a")) }),
      entry("to-file", { sizeBytes: 8 }),
    ]);
    expect(Object.fromEntries(outcomes)).toMatchObject({
      link: "refused: something that is no folder stands there",
      "link/a": "refused: something that is no folder stands where a folder is needed",
      "link/sub/new": "refused: something that is no folder stands where a folder is needed",
      "to-file": "refused: something else of this name stands there",
    });
    expect(snapshot(outside)).toEqual(before);
  });

  it("another name is made only of a file that was restored within the folder", async () => {
    const { to, outside } = places();
    fs.symlinkSync(outside, join(to, "planted"));
    for (const sameAs of ["../outside/a", "planted/a", join(outside, "a"), "", "nothing"]) {
      const folder = await target(to);
      const placed = await folder.place(entry("second", { sameAs: bytes(sameAs), sizeBytes: 8, links: 2 }));
      expect(["refused", "write"], sameAs).toContain(placed.outcome);
      if (placed.outcome === "write") await placed.file.close();
      await folder.close();
    }
    expect(fs.statSync(join(outside, "a")).nlink).toBe(1);
  });

  it("a partial file that somebody planted is not written into", async () => {
    for (const plant of [fs.symlinkSync, fs.linkSync]) {
      const { to, outside } = places();
      const before = snapshot(outside);
      const folder = await target(to);
      const placed = await folder.place(entry("x", {}));
      if (placed.outcome !== "write") throw new Error(placed.outcome);
      await placed.file.close();
      await folder.close();
      const partial = fs.readdirSync(to).find((name) => name.startsWith(".reprise-partial-")) ?? "";
      fs.unlinkSync(join(to, partial));
      plant(join(outside, "a"), join(to, partial));
      expect((await restore(to, [entry("x", {})])).get("x")).toBe("write");
      expect(fs.readFileSync(join(to, "x"), "utf8")).toBe("content");
      expect(snapshot(outside)).toEqual(before);
    }
  });

  it("a folder that is replaced by a link while it is restored is not left through it", async () => {
    const { to, outside } = places();
    const before = snapshot(outside);
    const folder = await target(to);
    await folder.place(entry("d", { type: "directory", mode: 0o777, mtimeNs: 1n }));
    const placed = await folder.place(entry("d/a", { sizeBytes: 8 }));
    if (placed.outcome !== "write") throw new Error(placed.outcome);
    fs.renameSync(join(to, "d"), join(to, "moved"));
    fs.symlinkSync(outside, join(to, "d"));
    await placed.file.write(0, bytes("restored"));
    await placed.file.finish();
    const next = await folder.place(entry("d/b", { sizeBytes: 8 }));
    if (next.outcome === "write") await next.file.finish();
    await folder.finish();
    expect(snapshot(outside)).toEqual(before);
    expect(fs.readFileSync(join(to, "moved/a"), "utf8")).toBe("restored");
  });

  it("whatever the paths and links are, nothing outside changes", async () => {
    const part = fc.constantFrom("a", "b", "sub", "link", "..", ".", "", "outside", "\0", "é\xff");
    const path = fc.array(part, { maxLength: 4 }).map((parts) => parts.join("/"));
    const type = fc.constantFrom<EntryType>("file", "directory", "symlink", "fifo", "socket");
    const entries = fc.array(fc.record({ path, type, sameAs: fc.option(path, { freq: 2, nil: undefined }), out: fc.boolean() }), {
      maxLength: 12,
    });
    const planted = fc.array(fc.record({ path: fc.constantFrom("a", "b", "sub", "link", "sub/a", "sub/link"), isFolder: fc.boolean() }), {
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(entries, planted, fc.boolean(), async (made, links, overwrite) => {
        const base = fs.mkdtempSync(join(fs.existsSync("/dev/shm") ? "/dev/shm" : "/tmp", "reprise-hostile-"));
        const [to, outside] = [join(base, "to"), join(base, "outside")];
        try {
          fs.mkdirSync(join(outside, "sub"), { recursive: true });
          for (const name of ["a", "b", "sub/a"]) fs.writeFileSync(join(outside, name), "precious");
          fs.mkdirSync(to);
          for (const { path, isFolder } of links) {
            // Where the path is taken already nothing more is planted.
            try {
              if (isFolder) fs.mkdirSync(join(to, path), { recursive: true });
              else fs.symlinkSync(join(outside, path.startsWith("sub") ? "sub" : "."), join(to, path));
            } catch {
              continue;
            }
          }
          const before = snapshot(outside);
          const list: FolderEntry[] = made.map(({ path, type, sameAs, out }) =>
            entry(path, {
              type,
              mode: 0o777,
              target: bytes(out ? outside : "a"),
              sizeBytes: type === "file" ? 7 : 0,
              ...(type === "file" && sameAs !== undefined && { sameAs: bytes(sameAs), links: 2 }),
            }),
          );
          list.sort((a, b) => comparePaths(a.path, b.path));
          const outcomes = await restore(to, list, { overwrite });
          expect(outcomes.size).toBe(new Set(made.map(({ path }) => path)).size);
          expect(snapshot(outside)).toEqual(before);
          expect(fs.readdirSync(base).sort()).toEqual(["outside", "to"]);
        } finally {
          fs.rmSync(base, { recursive: true, force: true });
        }
      }),
      { numRuns: 150 },
    );
  });
});
