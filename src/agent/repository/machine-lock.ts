/**
 * One writer per machine's chains: a lease in `state/`, renewed while it is held. In: who wants it. Out: a signal that is aborted when it is lost. A killed
 * holder needs no unlocking: on the same machine it is seen to be dead, elsewhere its lease stops moving. Clocks of different machines are never compared.
 *
 * It keeps writers from doing work in vain. That nothing is damaged when it fails does not rest on it: names of segments are an attempt's own, and a point
 * is published only while its draft is.
 */
import { z } from "zod";
import type { Clock } from "../../clock/clock.ts";
import { newId } from "../format/ids.ts";
import { places } from "../format/places.ts";
import { isDead, isOnThisMachine, processRecord, thisProcess } from "./process-identity.ts";
import type { Repository } from "./repository.ts";

const lease = processRecord.extend({ token: z.string(), beat: z.int(), what: z.string() });
type Lease = z.infer<typeof lease>;

const BEAT_MS = 20_000;
/** A lease that has not moved for so long is nobody's. */
const LEASE_MS = 60_000;
const LOOK_EVERY_MS = 2_000;
/** A store that is away is not waited for longer only to give the lock back. */
const RELEASE_MS = 10_000;

/** Tokens of the leases that this process holds. One of its own that is not among them could not be given back when its work had ended. */
const held = new Set<string>();

function isLeftOver({ token, pid, startedTicks, ...place }: Lease): boolean {
  const here = thisProcess();
  return pid === here.pid && startedTicks === here.startedTicks && isOnThisMachine({ pid, startedTicks, ...place }) && !held.has(token);
}

export class StoreLockedError extends Error {
  readonly code = "STORE_LOCKED";
  constructor(what: string, host: string, pid: number) {
    super(`The store is locked by ${what} (process ${pid} on ${host}). Wait for it, or stop it.`);
    this.name = "StoreLockedError";
  }
}

export class LockLostError extends Error {
  readonly code = "STORE_LOCKED";
  constructor() {
    super("The lock on the store was taken over while this process was held up; it stops without changing anything.");
    this.name = "LockLostError";
  }
}

export interface HeldLock {
  readonly lost: AbortSignal;
  /**
   * Renews it, for what must not be done unless it is held: `lost` may come late to a process that was held up. Nobody else takes it in the `LEASE_MS` that
   * follow. @throws LockLostError
   */
  confirm(): Promise<void>;
  release(): Promise<void>;
}

/** @throws StoreLockedError when its holder lives */
export async function lockMachine(repository: Repository, machineName: string, what: string, clock: Clock): Promise<HeldLock> {
  const mine: Lease = { token: newId(), beat: 0, ...thisProcess(), what };
  // Before it is written: another of this process may read it before this one knows that it was.
  held.add(mine.token);
  try {
    return await take(repository, machineName, mine, clock);
  } catch (error) {
    held.delete(mine.token);
    throw error;
  }
}

async function take(repository: Repository, machineName: string, mine: Lease, clock: Clock): Promise<HeldLock> {
  const place = places.lock(machineName);
  let seen: { readonly version: string; readonly sinceMs: number } | undefined;
  for (;;) {
    const found = await repository.readState(place, lease);
    if (found === undefined || isDead(found.value) || isLeftOver(found.value)) {
      if (await repository.replaceState(place, mine, found?.version)) return hold(repository, place, mine, clock);
      continue;
    }
    const nowMs = performance.now();
    if (seen !== undefined && seen.version !== found.version)
      throw new StoreLockedError(found.value.what, found.value.host, found.value.pid);
    seen ??= { version: found.version, sinceMs: nowMs };
    if (isOnThisMachine(found.value)) throw new StoreLockedError(found.value.what, found.value.host, found.value.pid);
    if (nowMs - seen.sinceMs >= LEASE_MS) {
      if (await repository.replaceState(place, mine, found.version)) return hold(repository, place, mine, clock);
      seen = undefined;
      continue;
    }
    await clock.sleep(LOOK_EVERY_MS);
  }
}

export interface LockHolder {
  readonly what: string;
  readonly host: string;
  readonly pid: number;
  /** Undefined where it cannot be told from here: on another machine. */
  readonly alive: boolean | undefined;
}

/** Undefined when nobody holds it. */
export async function lockHolder(repository: Repository, machineName: string): Promise<LockHolder | undefined> {
  const found = await repository.readState(places.lock(machineName), lease);
  if (found === undefined) return undefined;
  const { what, host, pid } = found.value;
  return { what, host, pid, alive: isOnThisMachine(found.value) ? !isDead(found.value) : undefined };
}

function hold(repository: Repository, place: string, mine: Lease, clock: Clock): HeldLock {
  const lost = new AbortController();
  const stopped = new AbortController();
  let beat = 0;
  /** False when it is another's. A beat and a confirmation of this holder may meet. */
  const renewOnce = async (signal?: AbortSignal): Promise<boolean> => {
    for (;;) {
      const found = await repository.readState(place, lease, { signal });
      if (found?.value.token !== mine.token) return false;
      if (await repository.replaceState(place, { ...mine, beat: ++beat }, found.version, { signal })) return true;
    }
  };
  const renew = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      await clock.sleep(BEAT_MS, stopped.signal);
      // A store that cannot be reached is found out by what is under way; a lease that another took meanwhile shows when it is back.
      const kept = await renewOnce(stopped.signal).catch(() => true);
      if (!kept && !stopped.signal.aborted) return lost.abort(new LockLostError());
    }
  };
  const renewing = renew().catch(() => {});
  return {
    lost: lost.signal,
    confirm: async () => {
      lost.signal.throwIfAborted();
      if (await renewOnce()) return;
      const error = new LockLostError();
      lost.abort(error);
      throw error;
    },
    release: async () => {
      held.delete(mine.token);
      stopped.abort();
      await renewing;
      // What cannot be given back runs out.
      const signal = AbortSignal.timeout(RELEASE_MS);
      try {
        const found = await repository.readState(place, lease, { signal });
        if (found?.value.token === mine.token) await repository.state.remove(place, found.version, { signal });
      } catch {}
    },
  };
}
