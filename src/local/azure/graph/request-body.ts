/** The body of a Resource Graph request, read strictly where the service is strict. */
import { z } from "zod";
import { failure, type SimulatorResponse } from "../messages.ts";

/** Rows per page when nothing is asked for, and at most. */
const DEFAULT_TOP = 100;
const MAX_TOP = 1000;
/** One request may name so many subscriptions. */
const MAX_SUBSCRIPTIONS = 1000;

const bodySchema = z.object({
  query: z.string().min(1),
  subscriptions: z.array(z.string()).max(MAX_SUBSCRIPTIONS).nullish(),
  managementGroups: z.array(z.string()).nullish(),
  options: z
    .object({
      $top: z.int().min(1).max(MAX_TOP).nullish(),
      $skip: z.int().min(0).nullish(),
      $skipToken: z.string().nullish(),
      resultFormat: z.enum(["table", "objectArray"]).nullish(),
    })
    .nullish(),
});

export interface GraphRequest {
  readonly query: string;
  /** Undefined: everything that the identity can read (the simulator puts every subscription below every management group). */
  readonly subscriptions: readonly string[] | undefined;
  readonly top: number;
  readonly skip: number;
  readonly skipToken: string | undefined;
  readonly resultFormat: "table" | "objectArray";
}

export function readGraphRequest(body: string): GraphRequest | SimulatorResponse {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return failure(400, "BadRequest", "The request body is not JSON.", { details: [{ code: "InvalidRequestBody", message: "Not JSON." }] });
  }
  const result = bodySchema.safeParse(value);
  if (!result.success) {
    const [issue] = result.error.issues;
    const message = `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "invalid"}`;
    return failure(400, "BadRequest", message, { details: [{ code: "InvalidRequestBody", message }] });
  }
  const { query, subscriptions, managementGroups, options } = result.data;
  const named = subscriptions !== null && subscriptions !== undefined && subscriptions.length > 0 && (managementGroups ?? []).length === 0;
  return {
    query,
    subscriptions: named ? subscriptions : undefined,
    top: options?.$top ?? DEFAULT_TOP,
    skip: options?.$skip ?? 0,
    skipToken: options?.$skipToken ?? undefined,
    resultFormat: options?.resultFormat ?? "objectArray",
  };
}
