/** What a service takes of the query language. Each says only what it documents and this executor carries out; the rest is refused. */
import { type FunctionTable, plain, resourceGraphFunctions } from "./functions.ts";
import type { ConditionalAggregate } from "./summarize.ts";

export interface Dialect {
  /** Whose it is, for refusals. */
  readonly service: string;
  /** Whether literals may be named before the query. */
  readonly lets: boolean;
  readonly functions: FunctionTable;
  readonly conditionalAggregates: ReadonlySet<ConditionalAggregate>;
}

export const resourceGraph: Dialect = {
  service: "Resource Graph",
  lets: false,
  functions: resourceGraphFunctions,
  conditionalAggregates: new Set(),
};

/** What the queries over the app's own telemetry need of Log Analytics, and no more. */
export const logAnalytics: Dialect = {
  service: "Log Analytics",
  lets: true,
  functions: {
    ...resourceGraphFunctions,
    round: plain("real", 1, 2, ([value, digits]) => {
      if (typeof value !== "number") return null;
      const scale = 10 ** (typeof digits === "number" ? digits : 0);
      return Math.round(value * scale) / scale;
    }),
  },
  conditionalAggregates: new Set<ConditionalAggregate>(["minif", "maxif", "sumif", "take_anyif"]),
};
