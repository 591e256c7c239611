/** One writer at a time for a machine; a dead one needs no unlocking. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { opaqueName } from "../../../src/agent/format/data-key.ts";
import { places } from "../../../src/agent/format/places.ts";
import { lockMachine } from "../../../src/agent/repository/machine-lock.ts";
import { systemClock } from "../../../src/clock/clock.ts";
import { createMemoryBlockStore } from "../../../src/store/blocks/memory.ts";
import { openDirectoryBlockStore } from "../../../src/store/blocks/directory.ts";
import { backUp, jobOf, openTestRepository, pointsOf, testFolder } from "../../support/agent-store.ts";

const MIB = 1024 * 1024;
const HOLDER = fileURLToPath(new URL("./lock-holder.ts", import.meta.url));

function image(mib: number): string {
  const path = join(testFolder(), "disk.img");
  writeFileSync(path, randomBytes(mib * MIB));
  return path;
}

describe("two writers", () => {
  it("the second one says who holds the lock, and changes nothing", async () => {
    const store = createMemoryBlockStore();
    const repository = await openTestRepository(store);
    const lock = await lockMachine(repository, opaqueName(repository.key, "machine", "m"), "session one", systemClock);
    const { runError, tasks } = await backUp(repository, jobOf({ d: image(4) }));
    expect(runError).toMatchObject({ code: "STORE_LOCKED", message: expect.stringContaining("session one") as unknown });
    expect(tasks).toEqual([]);
    await lock.release();
    expect((await backUp(repository, jobOf({ d: image(4) }))).tasks).toMatchObject([{ result: "success" }]);
  });

  it("other machines go on", async () => {
    const store = createMemoryBlockStore();
    const repository = await openTestRepository(store);
    const lock = await lockMachine(repository, opaqueName(repository.key, "machine", "other"), "session one", systemClock);
    expect((await backUp(repository, jobOf({ d: image(4) }))).tasks).toMatchObject([{ result: "success" }]);
    await lock.release();
  });

  it("one whose transfer was taken over meanwhile publishes nothing", async () => {
    const store = createMemoryBlockStore();
    const repository = await openTestRepository(store);
    const draft = places.draft(opaqueName(repository.key, "machine", "m"), opaqueName(repository.key, "disk", "d"));
    let taken = false;
    const { tasks } = await backUp(repository, jobOf({ d: image(8) }), {
      onEvent: (event) => {
        if (event.kind === "read" && !taken) {
          taken = true;
          void store.delete(draft);
        }
      },
    });
    expect(tasks).toMatchObject([{ result: "failed", errorCode: "STORE_LOCKED" }]);
    expect(await pointsOf(repository)).toEqual([]);
  });

  it("the lock of a process that was killed and never waited for is taken at once", async () => {
    const folder = testFolder();
    // The shell never asks for the exit code of its child.
    const script = `"$0" "$1" "$2" & echo $!; exec sleep 60`;
    const shell = spawn("/bin/sh", ["-c", script, process.execPath, HOLDER, folder], { stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    for await (const chunk of shell.stdout.setEncoding("utf8") as AsyncIterable<string>) {
      said += chunk;
      if (said.includes("held")) break;
    }
    const pid = Number(/^\d+/.exec(said)?.[0]);
    process.kill(pid, "SIGKILL");
    const repository = await openTestRepository(openDirectoryBlockStore(folder));
    await expect.poll(() => readFileSync(`/proc/${pid}/stat`, "utf8")).toContain(") Z ");
    const lock = await lockMachine(repository, opaqueName(repository.key, "machine", "m"), "session two", systemClock);
    await lock.release();
    shell.kill("SIGKILL");
  });

  it("the lock of a process that was killed on this machine is taken at once", async () => {
    const folder = testFolder();
    const holder = spawn(process.execPath, [HOLDER, folder], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(holder.stdout, "data");
    const repository = await openTestRepository(openDirectoryBlockStore(folder));
    const name = opaqueName(repository.key, "machine", "m");
    await expect(lockMachine(repository, name, "session two", systemClock)).rejects.toMatchObject({ code: "STORE_LOCKED" });
    const ended = once(holder, "exit");
    holder.kill("SIGKILL");
    await ended;
    const lock = await lockMachine(repository, name, "session two", systemClock);
    await lock.release();
  });
});
