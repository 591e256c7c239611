/** `npm run lint:infra`: builds and lints every template that is deployed by itself; a warning counts as an error. Needs Bicep on the PATH, and says so. */
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Exit code; 0 too when there is no Bicep. */
function lintInfra(): number {
  const version = spawnSync("bicep", ["--version"], { encoding: "utf8" });
  if (version.error !== undefined) {
    process.stdout.write("SKIPPED: bicep is not on the PATH\n");
    return 0;
  }
  process.stdout.write(version.stdout);
  const commands = ["infra/main.bicep", ...globSync("infra/access/*.bicep", { cwd: root }).sort()].flatMap((template) => [
    ["build", template, "--stdout"],
    ["lint", template],
  ]);
  let failed = 0;
  for (const command of commands) {
    const { status, stderr, stdout } = spawnSync("bicep", command, { cwd: root, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
    // `lint` writes to either stream, by version; the built template is of no interest.
    const said = `${stderr}${command[0] === "lint" ? stdout : ""}`;
    const isWrong = status !== 0 || /\b(?:Warning|Error)\s+[\w-]+\s*:/.test(said);
    process.stdout.write(`${isWrong ? "failed" : "ok    "} bicep ${command.join(" ")}\n${isWrong ? said : ""}`);
    if (isWrong) failed++;
  }
  return failed === 0 ? 0 : 1;
}

process.exitCode = lintInfra();
