/** Completion, as real shells do it. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../support/command-line.ts";
import { commandLine } from "../recorded-terminal.ts";

const script = async (shell: string): Promise<string> => (await commandLine(["completion", shell])).stdout;
const has = (program: string): boolean => spawnSync(program, ["--version"]).error === undefined;

/** What bash offers for the words; the last may be begun. */
async function offeredByBash(words: readonly string[]): Promise<readonly string[]> {
  const folder = temporaryFolder();
  const file = join(folder, "reprise.bash");
  writeFileSync(file, await script("bash"));
  const program = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _reprise; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync("bash", ["-c", program, "bash", file, "reprise", ...words], { encoding: "utf8", cwd: folder });
  expect(stderr).toBe("");
  return stdout.split("\n").filter(Boolean);
}

describe("completion", () => {
  it("bash: commands, their subcommands, flags; values of flags are no commands", async () => {
    expect(await offeredByBash(["ba"])).toEqual(["backup"]);
    expect(await offeredByBash(["agent", "st"])).toEqual(["status"]);
    expect(await offeredByBash(["runs", ""])).toEqual(expect.arrayContaining(["list", "show", "cancel"]));
    expect(await offeredByBash(["backup", "--ret"])).toEqual(["--retries"]);
    expect(await offeredByBash(["backup", "--name", "retry", "--started"])).toEqual(["--started-by"]);
    expect(await offeredByBash(["backup", "--job", ""])).toEqual(["reprise.bash"]);
    expect(await offeredByBash(["backup", "--retries", ""])).toEqual([]);
  });

  it.each(["bash", "zsh", "fish", "powershell"])("%s: every command and flag of the program is in it", async (shell) => {
    const text = await script(shell);
    const { stdout } = await commandLine(["--help"]);
    const commands = [...stdout.matchAll(/^ {2}([a-z]+)(?: \[options\]| <|  )/gm)].map(([, name = ""]) => name);
    expect(commands.length).toBeGreaterThan(15);
    for (const command of commands) {
      expect(text).toContain(command);
      const help = (await commandLine([command, "--help"])).stdout;
      for (const [, flag = ""] of help.matchAll(/^ {2}(?:-\w, )?--([a-z-]+)/gm)) expect(text, `${command} --${flag}`).toContain(flag);
    }
  });

  it.each(["zsh", "fish"].filter(has))("%s reads it without an error", async (shell) => {
    const file = join(temporaryFolder(), "script");
    writeFileSync(file, await script(shell));
    const { status, stderr } = spawnSync(shell, ["-n", file], { encoding: "utf8" });
    expect([status, stderr]).toEqual([0, ""]);
  });

  it("U5: an unknown shell is refused", async () => {
    expect(await commandLine(["completion", "tcsh"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("allowed: bash, zsh, fish, powershell") as string,
    });
  });
});
