/** The estate that is used when none is given: some forty items that show every kind of decision and fault, always the same. */
import type { Estate, EstateFault } from "./estate/schema.ts";
import { branchVaults } from "./estate/built-in-branches.ts";
import { productionVaults } from "./estate/built-in-production.ts";
import { sharedVaults } from "./estate/built-in-shared.ts";

const BUILT_IN_NOW = "2026-11-20T13:00:00Z";

const FAULTS: readonly EstateFault[] = [
  { on: "graph", do: "throttle", times: 1, retryAfterSeconds: 3 },
  { on: "graph", do: "throttle", times: 1 },
  // vm-web-01 succeeded and vm-web-02 started within these ten minutes: only their vault knows.
  { on: "graph", do: "stale", seconds: 600 },
  { on: "trigger", item: "vm-bi-02", do: "throttle", times: 2, retryAfterSeconds: 30 },
  { on: "trigger", item: "vm-bi-03", do: "throttle", times: 1 },
  { on: "trigger", item: "vm-files-01", do: "accept-and-drop-connection", times: 1 },
  { on: "trigger", item: "vm-files-02", do: "drop-connection", times: 1 },
  { on: "trigger", item: "vm-api-01", do: "status", code: 500, times: 1 },
];

/** On real time half an hour of a triggered job takes three seconds. */
const REAL_TIME_SPEED = 600;

/** @param options.realTime leaves `now` out and makes jobs quick, for a simulator in a process of its own. */
export function builtInEstate({ realTime = false }: { readonly realTime?: boolean } = {}): Estate {
  return {
    ...(realTime ? { speed: REAL_TIME_SPEED } : { now: BUILT_IN_NOW }),
    subscriptions: [
      { id: "11111111-1111-4111-8111-111111111111", name: "contoso-production", vaults: productionVaults() },
      { id: "22222222-2222-4222-8222-222222222222", name: "contoso-shared", vaults: sharedVaults() },
      { id: "33333333-3333-4333-8333-333333333333", name: "contoso-branches", vaults: branchVaults() },
    ],
    faults: [...FAULTS],
  };
}
