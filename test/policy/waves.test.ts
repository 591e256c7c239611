import { describe, expect, it } from "vitest";
import { paceOf } from "../../src/policy/pace.ts";
import { waveStarts, type WaveItem } from "../../src/policy/waves.ts";

const T = Date.UTC(2026, 10, 20, 13);
const CAPS = { subscription: { burst: 10, perMinute: 60 }, vault: { burst: 10, perMinute: 60 } };

const item = (index: number, more: Partial<WaveItem> = {}): WaveItem => ({
  key: `item-${String(index).padStart(5, "0")}`,
  subscriptionId: "sub-1",
  vaultId: "vault-1",
  lastRecoveryPointMs: T - index * 60_000,
  notBeforeMs: T,
  ...more,
});

describe("waves", () => {
  it("C14: the oldest recovery point goes first, an item without any before all", () => {
    const items = [...Array.from({ length: 30 }, (_, index) => item(index)), item(30, { lastRecoveryPointMs: undefined })];
    const starts = waveStarts(items, CAPS, T);
    expect(starts[30]).toEqual({ atMs: T, wave: 1 });
    // Nine more at once, then one a second: the newest point comes last.
    expect(starts.slice(21, 30).every(({ atMs }) => atMs === T)).toBe(true);
    expect(starts[20]).toEqual({ atMs: T + 1_000, wave: 2 });
    expect(starts[0]).toEqual({ atMs: T + 21_000, wave: 2 });
  });

  it("C14: subscriptions do not wait for each other, vaults of one share its cap", () => {
    const items = [0, 1, 2].flatMap((group) =>
      Array.from({ length: 20 }, (_, index) =>
        item(index, { subscriptionId: group === 2 ? "sub-2" : "SUB-1", vaultId: `vault-${group}`, key: `${group}/${index}` }),
      ),
    );
    const starts = waveStarts(items, CAPS, T).map(({ atMs }) => atMs - T);
    expect(Math.max(...starts.slice(0, 40))).toBe(30_000);
    expect(Math.max(...starts.slice(40))).toBe(10_000);
  });

  it("C14: a vault's own cap holds back its items only", () => {
    const caps = { ...CAPS, vault: { burst: 2, perMinute: 6 } };
    const items = Array.from({ length: 6 }, (_, index) => item(index, { vaultId: index < 3 ? "vault-1" : `vault-${index}` }));
    expect(waveStarts(items, caps, T).map(({ atMs }) => atMs - T)).toEqual([10_000, 0, 0, 0, 0, 0]);
  });

  it("never start an item before its own time, and leave few items alone", () => {
    const items = [item(0, { notBeforeMs: T + 3_600_000 }), item(1)];
    expect(waveStarts(items, CAPS, T)).toEqual([
      { atMs: T + 3_600_000, wave: 1 },
      { atMs: T, wave: 1 },
    ]);
  });

  it("10,000 items of one subscription are due no faster than the cap", () => {
    const caps = { subscription: paceOf(570), vault: paceOf(100_000) };
    const at = waveStarts(
      Array.from({ length: 10_000 }, (_, index) => item(index)),
      caps,
      T,
    )
      .map(({ atMs }) => atMs - T)
      .sort((a, b) => a - b);
    expect(at.filter((ms) => ms === 0)).toHaveLength(190);
    expect(at.at(-1)).toBeGreaterThan(1_030_000);
    expect(at.at(-1)).toBeLessThan(1_034_000);
  });
});
