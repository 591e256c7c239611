/** Writes an item's result and gives its claim free. Whatever is executed twice or later, an item has one result, the first. */
import type { CloudDependencies } from "../dependencies.ts";
import { hashOf, type ItemRef } from "../ledger/keys.ts";
import type { Settlement } from "../orchestrate/steps.ts";
import { itemDecided } from "../telemetry/item-facts.ts";
import { settled } from "./item-report.ts";

export async function settleItem(
  { clock, ledger, telemetry }: CloudDependencies,
  { settlement, ...ref }: ItemRef & { readonly settlement: Settlement },
): Promise<void> {
  const planned = await ledger.item(ref);
  const item = hashOf(planned.candidate.itemKey);
  const attempts = await ledger.attempts(ref.runId, ref.vault, item);
  itemDecided(telemetry, await ledger.firstResult(ref.runId, ref.vault, item, settled(planned, settlement, attempts)));
  await ledger.updateClaim(item, (current) =>
    current?.runId === ref.runId && current.settledMs === undefined ? { ...current, settledMs: clock.now() } : undefined,
  );
}
