/**
 * Caps that hold over all instances and runs (C14): one record per subscription in the run store, changed by compare-and-swap, with a bucket for triggers,
 * one for reads, and per vault a bucket and a circuit breaker. In: who wants to send what. Out: a turn, or why not yet. It does not promise that clocks
 * of instances agree to more than a second, nor that a wait that one instance was told is known to another before its next look at the record.
 */
import type { Clock } from "../../clock/clock.ts";
import { isForgotten, mayTrigger, noteTrigger, type Breaker, type TriggerOutcome } from "../../policy/breaker.ts";
import type { Verdict } from "../../policy/errors.ts";
import { holdBack, isIdle, takeTurn, useTurn, type Pace, type PaceLimit } from "../../policy/pace.ts";
import type { Caps } from "../../policy/waves.ts";
import type { Store } from "../../store/store.ts";
import { hashOf, keys } from "../ledger/keys.ts";
import { createBatches } from "./batches.ts";

export interface LimitRules extends Caps {
  readonly reads: PaceLimit;
}

interface VaultLimits {
  readonly triggers?: Pace;
  readonly breaker?: Breaker;
}

export interface LimitsRecord {
  readonly triggers?: Pace;
  readonly reads?: Pace;
  readonly vaults: Readonly<Record<string, VaultLimits>>;
}

/** A vault by the hash of its id, in its subscription. */
export interface LimitedVault {
  readonly subscriptionId: string;
  readonly vault: string;
}

export type Turn =
  | { readonly kind: "go" }
  /** Come again at `untilMs`; with `turnMs`, when the turn was given out already. */
  | { readonly kind: "wait"; readonly untilMs: number; readonly turnMs?: number; readonly reason: string }
  | { readonly kind: "stop"; readonly verdict: Verdict; readonly reason: string };

export interface Limits {
  readonly rules: LimitRules;
  /** May a trigger be sent? `turnMs`: the turn that an earlier call gave out. */
  triggerTurn(at: LimitedVault, turnMs: number | undefined): Promise<Turn>;
  /** What became of one, as far as it says something about the vault. */
  triggerEnded(at: LimitedVault, outcome: TriggerOutcome): Promise<void>;
  /** When the next read may be sent: now or later. The turn is taken. */
  readTurn(subscriptionId: string): Promise<number>;
  /** The service answered 429 and asked to wait. */
  heldBack(subscriptionId: string, kind: "triggers" | "reads", untilMs: number): Promise<void>;
}

/** Reads are many and cheap: an instance takes some in advance, and what it has not used after a moment is lost. */
const READS_IN_ADVANCE = 10;
const ADVANCE_LASTS_MS = 2_000;
const NOTHING: LimitsRecord = { vaults: {} };

export function createLimits({
  store,
  clock,
  rules,
}: {
  readonly store: Store;
  readonly clock: Clock;
  readonly rules: LimitRules;
}): Limits {
  const batches = createBatches<LimitsRecord>(store, NOTHING, (record) => pruned(record, clock.now()));
  const keyOf = (subscriptionId: string): string => keys.limits(hashOf(subscriptionId));
  const inAdvance = new Map<string, { left: number; readonly takenMs: number }>();
  /** Vaults whose record had a breaker at this instance's last look: only these have to hear of a success. */
  const troubled = new Set<string>();

  return {
    rules,
    triggerTurn: ({ subscriptionId, vault }, turnMs) =>
      batches.change<Turn>(keyOf(subscriptionId), (record) => {
        const nowMs = clock.now();
        const known = record.vaults[vault];
        if (known?.breaker === undefined) troubled.delete(vault);
        else troubled.add(vault);
        const permission = mayTrigger(known?.breaker, nowMs);
        if (permission.kind !== "go") return { result: permission };
        const probing = permission.breaker !== known?.breaker;
        const changed = probing ? withVault(record, vault, { ...known, breaker: permission.breaker }) : record;
        if (turnMs !== undefined) {
          const states = new Set([useTurn(record.triggers, turnMs, nowMs), useTurn(known?.triggers, turnMs, nowMs)]);
          if (!states.has("passed")) {
            if (states.has("later")) return { result: waitFor(turnMs) };
            return { result: { kind: "go" }, ...(probing && { record: changed }) };
          }
        }
        const ofSubscription = takeTurn(record.triggers, rules.subscription, nowMs);
        const ofVault = takeTurn(known?.triggers, rules.vault, nowMs);
        const atMs = Math.max(ofSubscription.atMs, ofVault.atMs);
        const taken = (from: LimitsRecord): LimitsRecord => ({
          ...withVault(from, vault, { ...from.vaults[vault], triggers: ofVault.pace }),
          triggers: ofSubscription.pace,
        });
        // A probe is one once it is sent: whoever waits for his turn asks again then.
        return atMs > nowMs ? { result: waitFor(atMs), record: taken(record) } : { result: { kind: "go" }, record: taken(changed) };
      }),

    async triggerEnded({ subscriptionId, vault }, outcome) {
      if (outcome.passed && !troubled.has(vault)) return;
      await batches.change(keyOf(subscriptionId), (record) => {
        const known = record.vaults[vault];
        const breaker = noteTrigger(known?.breaker, outcome, clock.now());
        if (breaker === undefined) troubled.delete(vault);
        else troubled.add(vault);
        return breaker === known?.breaker
          ? { result: undefined }
          : { result: undefined, record: withVault(record, vault, { ...known, breaker }) };
      });
    },

    async readTurn(subscriptionId) {
      const nowMs = clock.now();
      const advance = inAdvance.get(subscriptionId);
      if (advance !== undefined && advance.left > 0 && nowMs - advance.takenMs <= ADVANCE_LASTS_MS) {
        advance.left--;
        return nowMs;
      }
      const { atMs, left } = await batches.change(keyOf(subscriptionId), (record) => {
        const atOnce = clock.now();
        let taken = takeTurn(record.reads, rules.reads, atOnce);
        const first = taken.atMs;
        let more = 0;
        for (; more < READS_IN_ADVANCE - 1; more++) {
          const next = takeTurn(taken.pace, rules.reads, atOnce);
          if (next.atMs > atOnce) break;
          taken = next;
        }
        return { result: { atMs: first, left: more }, record: { ...record, reads: taken.pace } };
      });
      if (left > 0) inAdvance.set(subscriptionId, { left, takenMs: nowMs });
      return atMs;
    },

    async heldBack(subscriptionId, kind, untilMs) {
      if (kind === "reads") inAdvance.delete(subscriptionId);
      const limit = kind === "reads" ? rules.reads : rules.subscription;
      await batches.change(keyOf(subscriptionId), (record) => ({
        result: undefined,
        record: { ...record, [kind]: holdBack(record[kind], limit, untilMs) },
      }));
    },
  };
}

function waitFor(turnMs: number): Turn {
  return { kind: "wait", untilMs: turnMs, turnMs, reason: "More triggers are due than the caps let through" };
}

function withVault(
  record: LimitsRecord,
  vault: string,
  { triggers, breaker }: { triggers?: Pace | undefined; breaker?: Breaker | undefined },
): LimitsRecord {
  return { ...record, vaults: { ...record.vaults, [vault]: { ...(triggers && { triggers }), ...(breaker && { breaker }) } } };
}

/** The record is rewritten with every turn: vaults in which nothing happens are left out. */
function pruned(record: LimitsRecord, nowMs: number): LimitsRecord {
  const busy = Object.entries(record.vaults).filter(
    ([, { triggers, breaker }]) => !isIdle(triggers, nowMs) || !isForgotten(breaker, nowMs),
  );
  return { ...record, vaults: Object.fromEntries(busy) };
}
