/**
 * The moments at which a host can be killed: before and after each call of the store, each request, each turn of an orchestrator and each activity. In: the
 * app's parts. Out: the same parts, and a call of `reach` at each moment with the phase it belongs to.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { SimulatedAppOptions } from "../../src/local/app.ts";
import type { HubFaults } from "../../src/local/durable/faults.ts";
import type { Store } from "../../src/store/store.ts";

/** In the order in which a run comes to them. */
export const PHASES = [
  "start",
  "discover",
  "plan",
  "check",
  "claim",
  "before the POST",
  "after the POST, before its answer",
  "after the answer, before its record",
  "after the record",
  "follow",
  "watch",
  "decide",
  "settle",
  "turn",
  "report",
] as const;

export type Phase = (typeof PHASES)[number];

const OF_ACTIVITY: Readonly<Record<string, Phase>> = {
  repriseFind: "discover",
  reprisePlan: "plan",
  repriseListVaults: "plan",
  repriseCheckVault: "check",
  repriseStartWatcher: "watch",
  repriseWatchVault: "watch",
  repriseCloseVault: "watch",
  repriseClaimItem: "claim",
  repriseAdopt: "follow",
  repriseFollowOperation: "follow",
  repriseEndAttempt: "decide",
  repriseSettleItem: "settle",
  repriseReport: "report",
};

interface Scope {
  readonly activity: string;
  /** Where the trigger stands. */
  sending: "before" | "sent" | "answered" | "recorded";
}

export type Reach = (phase: Phase, point: string) => void;

export function crashPoints(reach: Reach): NonNullable<SimulatedAppOptions["faults"]> {
  const scopes = new AsyncLocalStorage<Scope>();
  const phase = (): Phase => {
    const scope = scopes.getStore();
    if (scope === undefined) return "start";
    if (scope.activity !== "repriseTrigger") return OF_ACTIVITY[scope.activity] ?? "turn";
    switch (scope.sending) {
      case "before":
        return "before the POST";
      case "sent":
        return "after the POST, before its answer";
      case "answered":
        return "after the answer, before its record";
      case "recorded":
        return "after the record";
    }
  };
  const around = async <T>(point: string, run: () => Promise<T>): Promise<T> => {
    reach(phase(), `before ${point}`);
    const result = await run();
    reach(phase(), `after ${point}`);
    return result;
  };
  const watched = (store: Store): Store => ({
    get: (key) => around(`get ${kindOf(key)}`, () => store.get(key)),
    put: (key, bytes) => around(`put ${kindOf(key)}`, () => store.put(key, bytes)),
    create: (key, bytes) => around(`create ${kindOf(key)}`, () => store.create(key, bytes)),
    async replace(key, bytes, version) {
      const done = await around(`replace ${kindOf(key)}`, () => store.replace(key, bytes, version));
      const scope = scopes.getStore();
      if (scope?.sending === "answered" && key.includes("/attempts/")) scope.sending = "recorded";
      return done;
    },
    delete: (key) => around(`delete ${kindOf(key)}`, () => store.delete(key)),
    remove: (key, version) => around(`remove ${kindOf(key)}`, () => store.remove(key, version)),
    list: (prefix) => {
      reach(phase(), `before list ${kindOf(prefix)}`);
      return store.list(prefix);
    },
  });
  const hub: HubFaults = {
    functions: (functions) => ({
      ...functions,
      runActivity: (name, instanceId, input) =>
        scopes.run({ activity: name, sending: "before" }, () => around(name, () => functions.runActivity(name, instanceId, input))),
      runTurn: (name, instanceId, trigger) =>
        scopes.run({ activity: "turn", sending: "before" }, () => around(name, () => functions.runTurn(name, instanceId, trigger))),
    }),
  };
  return {
    hub,
    parts(parts) {
      const { store, httpClient } = parts;
      if (store === undefined || httpClient === undefined) throw new Error("the app has no store or transport of its own");
      return {
        ...parts,
        store: watched(store),
        httpClient: {
          async sendRequest(request) {
            const isTrigger = request.method === "POST" && /\/backup(\?|$)/.test(request.url);
            const scope = scopes.getStore();
            const point = `${request.method} ${isTrigger ? "backup" : "request"}`;
            reach(phase(), `before ${point}`);
            const answer = await httpClient.sendRequest(request);
            if (isTrigger && scope) scope.sending = "sent";
            // The service has taken it, nobody here has heard of it.
            reach(phase(), `after ${point}`);
            if (isTrigger && scope) scope.sending = "answered";
            return answer;
          },
        },
      };
    },
  };
}

/** `runs/x/vaults/h/attempts/i-1` as `attempts`: what kind of record a key holds. */
function kindOf(key: string): string {
  const parts = key.split("/");
  return parts[0] === "runs" ? (parts[2] === "vaults" ? (parts[4] ?? "vaults") : (parts[2] ?? "runs")) : (parts[0] ?? "");
}
