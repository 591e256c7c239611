/** Runs a command and says what it took: time, CPU seconds with those of its children, peak memory, bytes over the line, Azurite's CPU seconds. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CountedAzurite } from "./azurite.ts";

export interface Command {
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface Measured {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly azuriteCpuSeconds: number;
  readonly peakMiB: number;
  /** To and from the store. */
  readonly bytesUp: number;
  readonly bytesDown: number;
  readonly exitCode: number | null;
  readonly stdout: string;
}

export interface Watch {
  /** Called now and then with the bytes that went up so far; true kills the command. */
  readonly killWhen?: (bytesUp: number) => boolean;
  readonly allowFailure?: boolean;
}

export async function measure(command: Command, azurite: CountedAzurite, watch: Watch = {}): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), "reprise-bench-time-"));
  const timeFile = join(folder, "time");
  const before = await azurite.traffic();
  const startedMs = performance.now();
  const child = spawn("/usr/bin/time", ["-f", "%U %S", "-o", timeFile, ...command.argv], {
    env: { PATH: process.env.PATH, HOME: folder, ...command.env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const pid = child.pid ?? 0;
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr = (stderr + text).slice(-4_000)));
  let peakMiB = 0;
  const sampling = setInterval(() => {
    peakMiB = Math.max(peakMiB, memoryOfGroup(pid));
  }, 50);
  let ended = false;
  const end = new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)));
  void end.then(() => (ended = true));
  if (watch.killWhen !== undefined)
    while (!ended) {
      const { received } = await azurite.traffic();
      if (watch.killWhen(received - before.received)) {
        process.kill(-pid, "SIGKILL");
        break;
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  const exitCode = await end;
  const seconds = (performance.now() - startedMs) / 1000;
  clearInterval(sampling);
  const after = await azurite.traffic();
  const times = exitCode === null ? [0, 0] : (readFileSync(timeFile, "utf8").trim().split("\n").at(-1) ?? "").split(" ").map(Number);
  rmSync(folder, { recursive: true, force: true });
  if (exitCode !== 0 && watch.allowFailure !== true && watch.killWhen === undefined)
    throw new Error(`${command.argv.join(" ")} ended with ${exitCode}: ${stderr}`);
  return {
    seconds,
    cpuSeconds: (times[0] ?? 0) + (times[1] ?? 0),
    azuriteCpuSeconds: after.cpuSeconds - before.cpuSeconds,
    peakMiB,
    bytesUp: after.received - before.received,
    bytesDown: after.sent - before.sent,
    exitCode,
    stdout,
  };
}

/** Resident memory of all processes of the group, in MiB. */
function memoryOfGroup(group: number): number {
  let kib = 0;
  for (const pid of readdirSync("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      if (Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[2]) !== group) continue;
      kib += Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
    } catch {
      // It ended meanwhile.
    }
  }
  return kib / 1024;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
