/** The commands that read a store, as they are typed: what they print, what they refuse, exit codes. */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { testFolder } from "../../support/agent-store.ts";
import { commandLine, type Recorded } from "../recorded-terminal.ts";

const TIME_LIMIT = { timeout: 60_000 };

interface Row {
  readonly id: string;
  readonly slot: string;
  readonly file: string;
  readonly broken?: string;
}

/** The fields that some command has. */
interface Summary {
  readonly point: string;
  readonly standing: string;
  readonly points: readonly Row[];
  readonly files: readonly Row[];
  readonly lost: readonly Row[];
  readonly damaged: readonly unknown[];
  readonly sessions: readonly unknown[];
  readonly passwords: readonly Row[];
  readonly added: readonly Row[];
}

function summary({ stdout, stderr }: Recorded): Summary {
  const line = stdout.trimEnd().split("\n").at(-1) ?? "";
  if (!line.startsWith("{")) throw new Error(`no summary; stdout: ${stdout}; stderr: ${stderr}`);
  return JSON.parse(line) as Summary;
}

interface Made {
  readonly folder: string;
  readonly store: string;
  readonly image: string;
  readonly home: string;
}

async function made(...flags: readonly string[]): Promise<Made> {
  const folder = testFolder();
  const image = join(folder, "disk.img");
  const home = join(folder, "home");
  const store = join(folder, "store");
  writeFileSync(image, randomBytes(100_001));
  mkdirSync(home);
  writeFileSync(join(home, "note"), "a note\n");
  const backup = ["backup", "--name", "n", "--source", image, "--source", home, "--to", store, "--machine", "m1", "--quiet"];
  expect((await commandLine([...backup, ...flags])).code).toBe(0);
  return { folder, store, image, home };
}

describe("points and sessions", () => {
  it("J11, J13: lists points with the file each is in, and sessions with their reasons", TIME_LIMIT, async () => {
    const { store, folder } = await made();
    const listed = summary(await commandLine(["points", "--from", store, "--json"]));
    expect(listed.points).toMatchObject([
      { machine: "m1", disk: "disk.img", kind: "full", sizeBytes: 100_001 },
      { machine: "m1", disk: "home", kind: "full", sizeBytes: 7 },
    ]);
    const id = listed.points[0]?.id ?? "";
    expect(listed.files).toMatchObject([
      {
        session: id,
        kind: "full",
        machines: ["m1"],
        points: [
          { id, disk: "disk.img" },
          { id, disk: "home" },
        ],
      },
    ]);
    expect(listed.points[0]?.file).toBe(listed.files[0]?.id);
    expect((await commandLine(["points", "--from", store])).stdout).toContain("2 points in 1 file.");

    const sessions = summary(await commandLine(["sessions", "list", "--from", store, "--json"]));
    expect(sessions.sessions).toMatchObject([{ id, job: "n", standing: "success", startedBy: "manual", tasks: "2 of 2" }]);
    const shown = await commandLine(["sessions", "show", id, "--from", store]);
    expect(shown.stdout).toContain("disk.img of m1 was processed.");
    const none = await commandLine(["sessions", "show", "20200101T000000Z-00000000", "--from", store]);
    expect([none.code, none.stderr]).toEqual([10, expect.stringContaining("is not in this store")]);

    rmSync(join(store, "files", listed.files[0]?.id ?? "", "0001"));
    const broken = summary(await commandLine(["points", "--from", store, "--json"]));
    expect(broken.points).toMatchObject([
      { disk: "disk.img", kind: "full", sizeBytes: 100_001, broken: expect.stringContaining("is missing") as string },
      { disk: "home" },
    ]);
    expect(broken.points[1]?.broken).toBeUndefined();
    expect(broken.lost).toMatchObject([{ id, disk: "disk.img" }]);
    const restore = await commandLine(["restore", "--from", store, "--disk", "disk.img", "--to", join(folder, "x")]);
    expect([restore.code, restore.stderr]).toEqual([1, expect.stringContaining("is broken: the part of backup file")]);
    expect(existsSync(join(folder, "x"))).toBe(false);
    const verified = await commandLine(["verify", "--from", store, "--json"]);
    expect([verified.code, summary(verified).damaged]).toMatchObject([1, [{ points: [{ disk: "disk.img" }] }]]);
  });

  it("a session whose process died is shown as cut off", TIME_LIMIT, async () => {
    const { store } = await made();
    const sessions = join(store, "sessions");
    const [id = ""] = readdirSync(sessions);
    // The steps of its end were never written, and its process is not this one: a pid that no process has.
    const { openDirectoryBlockStore } = await import("../../../src/store/blocks/directory.ts");
    const { openTestRepository } = await import("../../support/agent-store.ts");
    const repository = await openTestRepository(openDirectoryBlockStore(store));
    const first = JSON.parse((await repository.read(`sessions/${id}/0001`))?.toString("utf8") ?? "") as { process: { pid: number } };
    for (const step of readdirSync(join(sessions, id))) rmSync(join(sessions, id, step));
    const live = summary(await commandLine(["sessions", "list", "--from", store, "--json"]));
    expect(live.sessions).toEqual([]);
    await repository.createRecord(`sessions/${id}/0001`, first);
    expect(summary(await commandLine(["sessions", "show", id, "--from", store, "--json"])).standing).toBe("running");
    await repository.createRecord(`sessions/${id}/0002`, { ...first, process: { ...first.process, pid: 2 ** 30 } });
    expect(summary(await commandLine(["sessions", "show", id, "--from", store, "--json"])).standing).toBe("cut off");
  });
});

describe("restore", () => {
  it("restores one disk to a file, several into a folder, and a folder's paths", TIME_LIMIT, async () => {
    const { store, folder, image, home } = await made();
    const to = join(folder, "out.img");
    const one = await commandLine(["restore", "--from", store, "--disk", "disk.img", "--to", to, "--json"]);
    expect(one.code).toBe(0);
    expect(summary(one)).toMatchObject({ message_type: "summary", bytesWritten: 100_001, blocksVerified: 1, missing: 0 });
    expect(summary(one).point).toMatch(/^\d{8}T\d{6}Z-[0-9a-f]{8}$/);
    expect(readFileSync(to).equals(readFileSync(image))).toBe(true);
    const again = summary(await commandLine(["restore", "--from", store, "--disk", "disk.img", "--to", to, "--json"]));
    expect(again).toMatchObject({ bytesWritten: 0, bytesKept: 100_001 });
    writeFileSync(to, "something else");
    const taken = await commandLine(["restore", "--from", store, "--disk", "disk.img", "--to", to]);
    expect([taken.code, taken.stderr]).toEqual([2, expect.stringContaining("exists already")]);
    expect(readFileSync(to, "utf8")).toBe("something else");

    const all = join(folder, "all");
    expect((await commandLine(["restore", "--from", store, "--to", all])).code).toBe(0);
    expect(readFileSync(join(all, "disk.img")).equals(readFileSync(image))).toBe(true);
    expect(readFileSync(join(all, "home/note"), "utf8")).toBe(readFileSync(join(home, "note"), "utf8"));
    const notes = join(folder, "notes");
    expect((await commandLine(["restore", "--from", store, "--disk", "home", "--path", "note", "--to", notes])).code).toBe(0);
    expect(readdirSync(notes)).toEqual(["note"]);
  });

  it("U5: wrong input gets one error that names the flag, what was found and what is allowed", TIME_LIMIT, async () => {
    const { store, folder, image } = await made();
    expect((await commandLine(["backup", "--name", "n", "--source", image, "--to", store, "--machine", "m2", "--quiet"])).code).toBe(0);
    const to = join(folder, "nothing");
    const from = ["restore", "--from", store, "--to", to];
    const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
      [["restore", "--to", to], 2, /^reprise: --from: found nothing; allowed: /],
      [["restore", "--from", store], 2, /^reprise: --to: found nothing; allowed: /],
      [["restore", "--from", join(folder, "no-store"), "--to", to], 10, /--from: found ".*no-store", where there is no store/],
      [from, 2, /--machine: found none, and there are points of several machines; allowed: "m1", "m2"\./],
      [[...from, "--machine", "m3"], 2, /--machine: found "m3"; allowed: "m1", "m2"\./],
      [[...from, "--machine", "m1", "--disk", "c"], 2, /--disk: found "c"; allowed: "disk.img", "home"\./],
      [[...from, "--machine", "m1", "--point", "x"], 2, /--point: found "x"; allowed: latest, "20/],
      [[...from, "--machine", "m1", "--path", "note"], 2, /--path: found for "disk.img", which is a disk/],
      [[...from, "--machine", "m1", "--disk", "home", "--path", "a"], 2, /--path: found "a"; allowed: a path that is in point/],
      [["prune", "--from", store, "--keep-last", "0"], 2, /--keep-last: found "0"; allowed: a whole number from 1/],
      [["verify", "--from", store, "--point", "x"], 2, /--point x: found no such point/],
    ];
    for (const [args, code, text] of cases) {
      const found = await commandLine(args);
      expect([found.code, found.stderr]).toEqual([code, expect.stringMatching(text)]);
      expect(found.stderr.trimEnd().split("\n")).toHaveLength(1);
    }
    expect(existsSync(to)).toBe(false);
  });
});

describe("passwords", () => {
  it("a wrong or missing password is exit code 12; another one is added, and the last one stays", { timeout: 120_000 }, async () => {
    const folder = testFolder();
    const files = Object.fromEntries(["old", "new", "wrong"].map((name) => [name, join(folder, name)]));
    for (const [name, path] of Object.entries(files)) writeFileSync(path, `the ${name} one\n`);
    const { old = "", new: fresh = "", wrong = "" } = files;
    const { store, image } = await made("--encrypt", "--password-file", old);
    const restore = ["restore", "--from", store, "--disk", "disk.img", "--to"];
    expect((await commandLine([...restore, join(folder, "a")])).code).toBe(12);
    for (const command of ["points", "verify", "prune"])
      expect((await commandLine([command, "--from", store, "--password-file", wrong])).code, command).toBe(12);
    const before = readdirSync(join(store, "+data"), { recursive: true });
    const added = await commandLine(["password", "add", "--from", store, "--password-file", old, "--new-password-file", fresh, "--json"]);
    expect(summary(added).added).toHaveLength(1);
    expect((await commandLine([...restore, join(folder, "b"), "--password-file", fresh])).code).toBe(0);
    expect(readFileSync(join(folder, "b")).equals(readFileSync(image))).toBe(true);

    const { passwords } = summary(await commandLine(["password", "list", "--from", store, "--json"]));
    expect(passwords).toMatchObject([{ label: "first" }, { label: "" }]);
    const remove = (slot: string): Promise<Recorded> =>
      commandLine(["password", "remove", "--from", store, "--password-file", fresh, "--slot", slot]);
    expect((await remove("ffff")).code).toBe(2);
    expect((await remove(passwords[0]?.slot ?? "")).code).toBe(0);
    expect((await commandLine(["points", "--from", store, "--password-file", old])).code).toBe(12);
    const last = await remove(passwords[1]?.slot ?? "");
    expect([last.code, last.stderr]).toEqual([2, expect.stringContaining("the last password of the key")]);
    expect((await commandLine(["verify", "--full", "--from", store, "--password-file", fresh])).code).toBe(0);
    expect(readdirSync(join(store, "+data"), { recursive: true })).toEqual(before);
  });
});
