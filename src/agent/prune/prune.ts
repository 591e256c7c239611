/**
 * Retention, carried out. In: the rules. Out: fewer points, and less data. Machine by machine, under the machine's lock, in an order that is safe wherever it is
 * cut off: first a tombstone for each point that goes, so that nobody reads it or builds on it any more; then the data that no other point needs; then what
 * said that the point was published, and the parts of backup files that list nothing else; the tombstones last. The next run finishes what is left.
 *
 * A machine that another process works on, or whose records are damaged, is left as it is, and said. It does not promise to find data of a machine of which
 * neither a point nor a segment nor a draft is left.
 */
import type { Clock } from "../../clock/clock.ts";
import type { RetentionRules } from "../../policy/job/job.ts";
import { opaqueName } from "../format/data-key.ts";
import { DamageError } from "../format/damage.ts";
import { places } from "../format/places.ts";
import { nameOf, readCatalog, type Catalog } from "../repository/catalog.ts";
import { LockLostError, StoreLockedError, lockMachine, type HeldLock } from "../repository/machine-lock.ts";
import type { Repository } from "../repository/repository.ts";
import { collectDisk, type Collected } from "./collect.ts";
import { decideMachine, type MachineDecision, type PointDecision } from "./decide.ts";
import { machinesIn } from "./machines.ts";
import { removeRecords } from "./remove-records.ts";

export interface PruneWish {
  readonly repository: Repository;
  readonly rules: RetentionRules;
  /** Only of these; absent: of all. */
  readonly machines?: readonly string[] | undefined;
  /** Decides and tells, changes nothing. */
  readonly dryRun: boolean;
  readonly clock: Clock;
  /** Milliseconds since the epoch, UTC. */
  readonly nowMs: number;
  readonly signal: AbortSignal;
}

export interface SkippedMachine {
  readonly machine: string;
  /** `locked`: another process works on it; the next run takes it. `damaged`: a person has to look first. */
  readonly kind: "locked" | "damaged";
  readonly why: string;
}

export interface PruneReport extends Collected {
  readonly decisions: readonly PointDecision[];
  readonly kept: number;
  readonly removed: number;
  readonly skipped: readonly SkippedMachine[];
}

/** Locked at the same time, so that the catalog is read once for all of them. */
const GROUP = 16;

export async function prune(wish: PruneWish): Promise<PruneReport> {
  const { repository, dryRun, machines } = wish;
  const found = await machinesIn(repository);
  const only =
    machines && new Set([...repository.keys.values()].flatMap((key) => machines.map((name) => opaqueName(key, "machine", name))));
  const names = [...found.keys()].filter((name) => only === undefined || only.has(name)).sort();
  const report = { decisions: [] as PointDecision[], skipped: [] as SkippedMachine[], bytesFreed: 0, later: 0 };
  for (let first = 0; first < names.length; first += GROUP) {
    const locks = new Map<string, HeldLock>();
    try {
      for (const name of names.slice(first, first + GROUP)) {
        const lock = dryRun ? NO_LOCK : await tryLock(wish, name, report.skipped);
        if (lock !== undefined) locks.set(name, lock);
      }
      const catalog = locks.size === 0 ? undefined : await readCatalog(repository);
      for (const [machineName, lock] of locks) {
        if (catalog === undefined) continue;
        wish.signal.throwIfAborted();
        const machine = { machineName, disks: found.get(machineName) ?? new Set<string>(), catalog, lock };
        await new MachinePrune(wish, machine, report).carryOut().catch((error: unknown) => {
          if (!(error instanceof LockLostError)) throw error;
          report.skipped.push({ machine: machineName, kind: "locked", why: error.message });
        });
      }
    } finally {
      for (const lock of locks.values()) await lock.release().catch(() => undefined);
    }
  }
  const removed = report.decisions.filter(({ keep }) => !keep).length;
  return { ...report, kept: report.decisions.length - removed, removed };
}

const NO_LOCK: HeldLock = { lost: new AbortController().signal, confirm: async () => {}, release: async () => {} };

async function tryLock({ repository, clock }: PruneWish, machineName: string, skipped: SkippedMachine[]): Promise<HeldLock | undefined> {
  try {
    return await lockMachine(repository, machineName, "prune", clock);
  } catch (error) {
    if (!(error instanceof StoreLockedError)) throw error;
    skipped.push({ machine: machineName, kind: "locked", why: error.message });
    return undefined;
  }
}

interface Machine {
  readonly machineName: string;
  readonly disks: ReadonlySet<string>;
  readonly catalog: Catalog;
  readonly lock: HeldLock;
}

class MachinePrune {
  readonly #wish: PruneWish;
  readonly #machine: Machine;
  readonly #report: { readonly decisions: PointDecision[]; readonly skipped: SkippedMachine[]; bytesFreed: number; later: number };

  constructor(
    wish: PruneWish,
    machine: Machine,
    report: { readonly decisions: PointDecision[]; readonly skipped: SkippedMachine[]; bytesFreed: number; later: number },
  ) {
    this.#wish = wish;
    this.#machine = machine;
    this.#report = report;
  }

  async carryOut(): Promise<void> {
    const { repository, rules, nowMs, dryRun } = this.#wish;
    const { catalog, machineName } = this.#machine;
    const decided = await decideMachine({ repository, catalog, machineName, rules, nowMs });
    if ("blocked" in decided) return this.#skip(decided.blocked);
    this.#report.decisions.push(...decided.decisions);
    if (dryRun) return;
    await this.#bury(decided);
    try {
      await this.#collect(decided);
    } catch (error) {
      if (!(error instanceof DamageError)) throw error;
      return this.#skip(error.message);
    }
    const removed = [...catalog.removed, ...decided.decisions.filter(({ keep }) => !keep).map(({ point }) => nameOf(point))];
    await removeRecords({ ...this.#wish, ...this.#machine, removed: new Set(removed) }, this.#report);
  }

  #skip(why: string): void {
    const { machineName, catalog } = this.#machine;
    const known = [...catalog.points, ...catalog.lost.map((gone) => ({ row: gone, machineName: gone.machineName }))];
    const machine = known.find((point) => point.machineName === machineName)?.row.machine ?? machineName;
    this.#report.skipped.push({ machine, kind: "damaged", why });
  }

  /** Tombstones; abandoned transfers are given up. */
  async #bury({ decisions, abandoned }: MachineDecision): Promise<void> {
    const { repository, nowMs, signal } = this.#wish;
    const { lock, machineName } = this.#machine;
    await lock.confirm();
    for (const place of abandoned) await repository.state.delete(place);
    for (const { point, keep, reasons } of decisions) {
      if (keep) continue;
      signal.throwIfAborted();
      lock.lost.throwIfAborted();
      const { row, diskName } = point;
      await repository.createRecord(places.removedPoint(machineName, row.id, diskName), {
        point: row.id,
        machine: row.machine,
        disk: row.disk,
        removedAt: new Date(nowMs).toISOString(),
        reason: reasons.join("; "),
      });
    }
  }

  async #collect({ decisions, drafts }: MachineDecision): Promise<void> {
    const { repository, signal } = this.#wish;
    const { machineName, disks, lock } = this.#machine;
    for (const diskName of disks) {
      const kept = decisions.filter(({ keep, point }) => keep && point.diskName === diskName).map(({ point }) => point);
      await collectDisk({ repository, machineName, diskName, kept, draft: drafts.get(diskName), lock, signal }, this.#report);
    }
  }
}
