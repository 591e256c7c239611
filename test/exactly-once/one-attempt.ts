/**
 * One item of a run in a memory store, and a service whose every answer a test decides: what the activities of one attempt do at moments that a whole run
 * cannot be brought to. The clock stands still until the test moves it.
 */
import { NOW, RULES, candidateOf, job } from "../support/jobs.ts";
import type { Clock } from "../../src/clock/clock.ts";
import type { ControlPlane, OperationAnswer, TriggerAnswer, VaultJob } from "../../src/cloud/control-plane.ts";
import type { CloudDependencies } from "../../src/cloud/dependencies.ts";
import { hashOf } from "../../src/cloud/ledger/keys.ts";
import { createLimits, type LimitRules } from "../../src/cloud/limits/limits.ts";
import { createLedger, type AttemptKey } from "../../src/cloud/ledger/ledger.ts";
import type { AttemptInput } from "../../src/cloud/orchestrate/steps.ts";
import { noTelemetry } from "../../src/cloud/telemetry/telemetry.ts";
import { classify } from "../../src/policy/catalogue/catalogue.ts";
import { paceOf } from "../../src/policy/pace.ts";
import type { RunRecord, RunRules } from "../../src/policy/run.ts";
import { DAY_MS, HOUR_MS, utcDay } from "../../src/policy/times.ts";
import { createMemoryStore } from "../../src/store/memory.ts";
import type { Store } from "../../src/store/store.ts";

export const REQUEST_TIMEOUT_MS = 60_000;
const LIMITS: LimitRules = { subscription: paceOf(570), vault: paceOf(300), reads: paceOf(1_400) };

export interface Service {
  /** What the vault lists. */
  readonly jobs: VaultJob[];
  /** The times at which a POST came in. */
  readonly posts: number[];
  /** Answers a POST; default: accepted, and its job is listed. */
  onPost: () => Promise<TriggerAnswer>;
  onOperation: () => Promise<OperationAnswer>;
  /** Makes a job that a user began now, and lists it. */
  begin(more?: Partial<VaultJob>): VaultJob;
}

export interface OneAttempt {
  readonly dependencies: CloudDependencies;
  readonly service: Service;
  readonly key: AttemptKey;
  readonly input: AttemptInput;
  readonly attempt: (attempt: number) => AttemptInput;
  nowMs: number;
  day(): ReturnType<CloudDependencies["ledger"]["updateDay"]>;
}

export async function oneAttempt(
  options: {
    readonly startMs?: number;
    readonly limits?: LimitRules;
    readonly rules?: Partial<RunRules>;
    readonly store?: (store: Store) => Store;
  } = {},
): Promise<OneAttempt> {
  const memory = createMemoryStore();
  const ledger = createLedger(options.store?.(memory) ?? memory);
  const startMs = options.startMs ?? NOW;
  const candidate = candidateOf(job("Failed", -6, -5));
  const scene = { nowMs: startMs };
  const runOf = (runId: string): RunRecord => ({
    runId,
    origin: "http",
    request: {},
    scope: { subscriptions: [], resourceGroups: [], vaults: [], items: [], tags: {}, workloads: [] },
    rules: { ...RULES, ...options.rules },
    startedMs: startMs,
    window: { fromMs: startMs - DAY_MS, toMs: startMs },
    deadlineMs: startMs + 22 * HOUR_MS,
  });
  const vault = hashOf(candidate.vault.id);
  const item = hashOf(candidate.itemKey);
  const ref = { runId: "run", vault, draft: "draft", page: 0, index: 0 };
  await ledger.createRun(runOf("run"));
  await ledger.writeCheckedPage(ref, [
    {
      candidate,
      verdict: classify({ symbol: "BackUpOperationFailed" }, "AzureIaasVM"),
      decision: { kind: "start", notBeforeMs: startMs, lookFirst: false, reason: "" },
      checkedMs: startMs,
    },
  ]);
  await ledger.updateClaim(item, () => ({ runId: "run", expiresMs: startMs + 23 * HOUR_MS }));

  const service: Service = {
    jobs: [],
    posts: [],
    async onPost() {
      service.begin();
      return { kind: "accepted", operationUrl: "https://management.azure.com/operation" };
    },
    onOperation: async () => ({ kind: "in-progress" }),
    begin(more = {}) {
      const made: VaultJob = {
        name: `made-${service.jobs.length + 1}`,
        friendlyName: "vm-1",
        workload: "AzureIaasVM",
        status: "Started",
        operation: "adhocBackup",
        userTriggered: true,
        startMs: scene.nowMs,
        ...more,
      };
      service.jobs.push(made);
      return made;
    },
  };
  const nothing = async function* (): AsyncGenerator<never> {};
  const controlPlane: ControlPlane = {
    subscriptions: async () => ({ ok: true, value: [] }),
    subscriptionsBelow: async () => [],
    vaultPages: nothing,
    permissions: async () => ({ ok: true, value: [] }),
    jobPages: nothing,
    itemStatePages: nothing,
    taggedResources: async () => ({ ok: true, value: new Set() }),
    vaultJobs: async (_vault, fromMs) => ({ ok: true, value: service.jobs.filter(({ startMs }) => startMs >= fromMs) }),
    job: async (_vault, name) => {
      const found = service.jobs.find((each) => each.name === name);
      return found ? { ok: true, value: found } : { ok: false, kind: "gone", message: "no such job" };
    },
    triggerBackup: async () => {
      service.posts.push(scene.nowMs);
      return service.onPost();
    },
    operation: () => service.onOperation(),
  };
  const clock: Clock = { now: () => scene.nowMs, sleep: async () => {}, work: (run) => run(), at: () => () => {} };
  const attempt = (number: number): AttemptInput => ({ ...ref, attempt: number, instanceId: "instance" });
  return Object.assign(scene, {
    dependencies: {
      clock,
      ledger,
      controlPlane,
      limits: createLimits({ store: memory, clock, rules: options.limits ?? LIMITS }),
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
      telemetry: noTelemetry,
    },
    service,
    key: { runId: "run", vault, item, attempt: 1 },
    input: attempt(1),
    attempt,
    day: () => ledger.updateDay(utcDay(scene.nowMs), item, () => undefined),
  });
}

/** A store of which the write number `nth` to a key that contains `part` fails, after it was done or instead. */
export function failingWrite(part: string, nth: number, when: "before" | "after"): (store: Store) => Store {
  let writes = 0;
  return (store) => {
    const guarded = async <T>(key: string, write: () => Promise<T>): Promise<T> => {
      const isIt = key.includes(part) && ++writes === nth;
      if (isIt && when === "before") throw new Error("the store is away");
      const result = await write();
      if (isIt) throw new Error("the store is away");
      return result;
    };
    return {
      ...store,
      put: (key, bytes) => guarded(key, () => store.put(key, bytes)),
      create: (key, bytes) => guarded(key, () => store.create(key, bytes)),
      replace: (key, bytes, version) => guarded(key, () => store.replace(key, bytes, version)),
      delete: (key) => guarded(key, () => store.delete(key)),
    };
  };
}
