/** How long a job took or has taken, in one of the two forms that are published. */
import type { Job } from "./tenant.ts";

const two = (value: number): string => String(value).padStart(2, "0");

/** `PT1H2M3.4560000S` or `01:02:03.4560000`. */
export function durationText(job: Job, atMs: number): string {
  const totalMs = Math.max(0, Math.min(job.endMs, atMs) - job.startMs);
  const hours = Math.floor(totalMs / 3_600_000);
  const minutes = Math.floor(totalMs / 60_000) % 60;
  const seconds = Math.floor(totalMs / 1000) % 60;
  const fraction = `.${String(totalMs % 1000).padStart(3, "0")}0000`;
  if (job.salt % 2 === 0) return `${two(hours)}:${two(minutes)}:${two(seconds)}${fraction}`;
  return `PT${hours > 0 ? `${hours}H` : ""}${minutes > 0 ? `${minutes}M` : ""}${seconds}${fraction}S`;
}
