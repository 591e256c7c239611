import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "./bicep.ts";

const workflows = globSync(".github/workflows/*.yml", { cwd: root }).map((path) => [path, readFileSync(join(root, path), "utf8")] as const);
const scripts = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).scripts;
const parameters = readFileSync(join(root, "infra/main.parameters.json"), "utf8");

describe("the workflows", () => {
  it("pin every action to a commit", () => {
    expect(workflows).toHaveLength(2);
    for (const [path, text] of workflows) {
      const uses = [...text.matchAll(/uses: ([\w/-]+)@(.*)/g)];
      expect(uses.length, path).toBeGreaterThan(1);
      for (const [line, , version = ""] of uses) expect(version, `${path}: ${line}`).toMatch(/^[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    }
  });

  it("may read the repository and no more, but for the token to sign in with", () => {
    for (const [path, text] of workflows) {
      expect(text, path).toMatch(/^permissions:\n {2}contents: read\n\n/m);
      const more = [...text.matchAll(/^\s+([\w-]+): write$/gm)].map(([, name]) => name);
      expect(more, path).toEqual(path.endsWith("deploy.yml") ? ["id-token"] : []);
      expect(text, path).not.toContain("secrets.");
    }
  });

  it("run scripts that package.json has", () => {
    for (const [path, text] of workflows)
      for (const [, name = ""] of text.matchAll(/npm (?:run )?(test|check|[\w]+:[\w]+)$/gm))
        expect(Object.keys(scripts), path).toContain(name);
  });

  it("hand through every value that main.parameters.json asks azd for", () => {
    const deploy = workflows.find(([path]) => path.endsWith("deploy.yml"))?.[1] ?? "";
    const asked = [...parameters.matchAll(/\$\{(REPRISE_\w+)/g)].map(([, name]) => name);
    const given = [...deploy.matchAll(/^ {6}(REPRISE_\w+): \$\{\{ vars\.(\w+)/gm)].map(([, name, variable]) =>
      name === variable ? name : `${name} from ${variable}`,
    );
    expect(given).toEqual(asked);
  });
});
