/** One row of the items query that is a backup policy, as a `PolicyState`. A schedule that cannot be read leaves the interval open. */
import { z } from "zod";
import { policyIntervalMs } from "../../policy/policy-interval.ts";
import type { PolicyState } from "../control-plane.ts";
import { parsePolicyId } from "./ids.ts";

const row = z.looseObject({
  id: z.string(),
  type: z.string().regex(/\/backuppolicies$/i),
  schedulePolicy: z.unknown().optional(),
  subPolicies: z.unknown().optional(),
  policyRules: z.unknown().optional(),
});

/** Undefined for any other row. A policy whose id cannot be read belongs to no item. */
export function readPolicyRow(raw: unknown): PolicyState | undefined {
  const parsed = row.safeParse(raw);
  if (!parsed.success) return undefined;
  const ids = parsePolicyId(parsed.data.id);
  if (ids === undefined) return undefined;
  const intervalMs = policyIntervalMs(parsed.data);
  return { vaultId: ids.vault.id, name: ids.name, ...(intervalMs !== undefined && { intervalMs }) };
}
