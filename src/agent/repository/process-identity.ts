/** Which process wrote a record, so that another on the same machine can tell whether it still lives. Elsewhere nothing can be told. */
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { z } from "zod";

export const processRecord = z.object({
  host: z.string(),
  boot: z.string(),
  namespace: z.string(),
  pid: z.int(),
  startedTicks: z.string(),
});
export type ProcessRecord = z.infer<typeof processRecord>;

export function thisProcess(): ProcessRecord {
  return {
    host: hostname(),
    boot: readText("/proc/sys/kernel/random/boot_id"),
    namespace: linkText("/proc/self/ns/pid"),
    pid: process.pid,
    startedTicks: startOf(process.pid),
  };
}

/** In doubt a holder lives. */
export function isDead(holder: ProcessRecord): boolean {
  if (!isOnThisMachine(holder) || holder.boot === "") return false;
  return startOf(holder.pid) !== holder.startedTicks;
}

export function isOnThisMachine(holder: ProcessRecord): boolean {
  const here = thisProcess();
  return holder.host === here.host && holder.boot === here.boot && holder.namespace === here.namespace;
}

/**
 * When the process began, in ticks since the machine did; "" when there is no such process, or when it is dead and only nobody has asked for its exit code
 * (in a container without an init that may stay so). The name in front of the fields may hold anything.
 */
function startOf(pid: number): string {
  const stat = readText(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" || fields[0] === "X" ? "" : (fields[19] ?? "");
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return "";
  }
}

function linkText(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
