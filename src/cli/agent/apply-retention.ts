/** Retention after a session's tasks. */
import type { RetentionRules } from "../../policy/job/job.ts";

export async function applyRetentionRules(_rules: RetentionRules, _machines: readonly string[]): Promise<void> {
  throw new Error("not wired");
}
