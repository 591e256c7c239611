import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { describe, expect, it, onTestFinished } from "vitest";
import { isDead, isOnThisMachine, thisProcess } from "../../../src/agent/repository/process-identity.ts";

describe("which process wrote a record", () => {
  it("is on this machine when host, boot and namespace are the same", () => {
    expect(isOnThisMachine(thisProcess())).toBe(true);
    expect(isOnThisMachine({ ...thisProcess(), boot: "another" })).toBe(false);
  });

  it("cannot be told where the system does not say: its lease has to run out, or a killed holder would keep the lock for ever", () => {
    const elsewhere = { ...thisProcess(), boot: "", namespace: "", startedTicks: "" };
    expect(isOnThisMachine(elsewhere, elsewhere)).toBe(false);
  });

  it.skipIf(process.platform !== "linux")("is dead when it has ended and its parent has not asked for it yet", async () => {
    const parent = spawn("sh", ["-c", "sleep 0.3 & echo $!; exec sleep 10"], { stdio: ["ignore", "pipe", "inherit"] });
    onTestFinished(() => void parent.kill());
    const [line] = (await once(parent.stdout, "data")) as [Buffer];
    const pid = Number(line.toString());
    const fields = (): string[] => readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    await expect.poll(() => fields()[0], { timeout: 10_000 }).toBe("Z");
    expect(isDead({ ...thisProcess(), pid, startedTicks: fields()[19] ?? "" })).toBe(true);
  });
});
