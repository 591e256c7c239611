/** What the linter cannot say about the sources. */
import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const sources = globSync("src/**/*.ts", { cwd: root }).map((path) => ({ path, text: readFileSync(`${root}${path}`, "utf8") }));

/** The first way in which the text reads a clock or chance, without comments. */
function impurity(text: string): string | undefined {
  return /new Date\(\s*\)|\bDate\(\s*\)|Date\.now|Math\.random|randomUUID|performance\.|process\./.exec(
    text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, ""),
  )?.[0];
}

describe("architecture", () => {
  it("policy and orchestrators read no clock and throw no dice", () => {
    const pure = sources.filter(({ path }) => /^src\/(policy|cloud\/orchestrate)\//.test(path));
    expect(pure.length).toBeGreaterThan(15);
    expect(pure.filter(({ text }) => impurity(text) !== undefined).map(({ path }) => path)).toEqual([]);
  });

  it("would see a clock", () => {
    for (const text of ["const at = new Date();", "const at = new Date( ).getTime()", "Date()", "x = Date.now()", "Math.random()"])
      expect(impurity(text), text).toBeDefined();
    for (const text of ["new Date(epochMs)", "// new Date()", "/** Date.now */ 1"]) expect(impurity(text), text).toBeUndefined();
  });

  it("policy imports nothing from outside its folder", () => {
    for (const { path, text } of sources.filter(({ path }) => path.startsWith("src/policy/")))
      for (const [, from = ""] of text.matchAll(/from "([^"]+)"/g))
        expect(fileURLToPath(new URL(from, `file:///${path}`)), `${path} imports ${from}`).toMatch(/^\/src\/policy\//);
  });

  it("no file is too long to be read in one go", () => {
    expect(sources.filter(({ text }) => text.split("\n").length > 301).map(({ path }) => path)).toEqual([]);
  });

  it("only the command line and tests load what is local", () => {
    const importers = sources.filter(({ path, text }) => !/^src\/(local|cli)\//.test(path) && /from "[^"]*\/local\//.test(text));
    expect(importers.map(({ path }) => path)).toEqual([]);
  });

  it("only functions and the command line touch the environment", () => {
    const readers = sources.filter(({ path, text }) => !/^src\/(functions|cli)\//.test(path) && /process\.env\b/.test(text));
    expect(readers.map(({ path }) => path)).toEqual([]);
  });
});
